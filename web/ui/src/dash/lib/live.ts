import type { Socket } from 'socket.io-client';
import { followPage } from '../../shared/page-life';
import type { ClusterState, Sample, Summary } from '../wire';

export interface LiveHandlers {
  connected(): void;
  /** The connection is lost; it is tried again. */
  lost(reason: string): void;
  /** The node answered, and will not let us in. */
  refused(reason: string): void;
  state(state: ClusterState): void;
  traces(traces: Summary[]): void;
  samples(samples: Sample[]): void;
}

/** Our socket in the namespace /dash. The client is loaded with the first one. */
export class Live {
  #socket: Socket | undefined;
  #closed = false;
  #unfollow: (() => void) | undefined;

  constructor(
    private readonly token: string,
    private readonly handlers: LiveHandlers,
  ) {
    void this.#open();
  }

  /** Tries again now, instead of when the next try is due. */
  retry(): void {
    // Closing cancels a try that is under way or due; connect starts afresh.
    this.#socket?.disconnect().connect();
  }

  close(): void {
    this.#closed = true;
    this.#unfollow?.();
    this.#socket?.off().disconnect();
  }

  /** A page that is gone needs no connection; one that is looked at again needs it now. */
  #follow(socket: Socket): () => void {
    return followPage({
      gone: () => {
        socket.disconnect();
        this.handlers.lost('The page was left.');
      },
      back: () => socket.connect(),
      awake: () => {
        if (socket.connected)
          socket.io.engine._hasPingExpired(); // and closes it then
        else if (socket.active) this.retry();
      },
      offline: () => {},
    });
  }

  async #open(): Promise<void> {
    const { io } = await import('socket.io-client');
    if (this.#closed) return;
    const socket = io('/dash', {
      auth: { token: this.token },
      transports: ['websocket', 'polling'],
      tryAllTransports: true, // as the room page
      reconnectionDelay: 500,
      reconnectionDelayMax: 3_000,
      timeout: 5_000,
    });
    this.#socket = socket;
    this.#unfollow = this.#follow(socket);
    const { handlers } = this;
    socket.on('connect', () => handlers.connected());
    socket.on('disconnect', (reason) => {
      if (reason === 'io client disconnect') return;
      handlers.lost(reason);
      // A node that shuts down hangs up; the client takes that for final.
      if (!socket.active) setTimeout(() => !this.#closed && socket.connect(), 1_000);
    });
    socket.on('connect_error', (error) => {
      if (socket.active) handlers.lost(error.message);
      else handlers.refused(error.message);
    });
    socket.on('state', (state: ClusterState) => handlers.state(state));
    socket.on('traces', (traces: Summary[] | null) => handlers.traces(traces ?? []));
    socket.on('samples', (samples: Sample[] | null) => handlers.samples(samples ?? []));
  }
}
