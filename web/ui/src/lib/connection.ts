import { io, type Socket } from 'socket.io-client';
import { initial, next, type ConnectionState, type Signal } from './connection-state';
import { readHandshake, readIdentityChange, readPresence } from './events';
import { backOff } from './pace';
import type { Mark, Place } from './roster';

export interface ConnectionHandlers {
  stateChanged(state: ConnectionState): void;
  /** We are in the room, with this socket on this node. */
  entered(idSocket: string, node: string, mark: Mark): void;
  /** Our socket is closed. */
  closed(): void;
  connected(idSocket: string, idUser: number, mark: Mark, place: Place): void;
  disconnected(idSocket: string, mark: Mark): void;
  identityChanged(idUser: number, version: number | undefined): void;
}

/** Our socket in a room: socket.io-client, wired to the handlers. */
export class Connection {
  #socket: Socket;
  #state = initial;
  /** Set while the next try is due. The client would try by itself, and not say when. */
  #redial: ReturnType<typeof setTimeout> | undefined;

  constructor(
    room: string,
    idUser: string,
    private readonly handlers: ConnectionHandlers,
  ) {
    this.#socket = io({
      query: { room, id_user: idUser },
      // A proxy in front may pass on no websocket, or make its origin look foreign; an
      // upgrade names its session, and is let in.
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      reconnection: false,
      timeout: 10_000,
    });
    this.#listen();
  }

  /** Tries again now, instead of when the next try is due. */
  retry(): void {
    if (this.#state.state === 'live') return;
    this.#signal({ type: 'retry' });
    clearTimeout(this.#redial);
    // Closing both cancels a try that is under way or due; connect starts afresh.
    this.#socket.disconnect().connect();
  }

  close(): void {
    clearTimeout(this.#redial);
    removeEventListener('offline', this.#networkLost);
    removeEventListener('online', this.#networkBack);
    this.#socket.off().disconnect();
  }

  #listen(): void {
    const socket = this.#socket;

    socket.on('handshake', (payload: unknown) => {
      const { node, mark } = readHandshake(payload);
      if (socket.id === undefined) return;
      this.handlers.entered(socket.id, node, mark);
      this.#signal({ type: 'handshake' });
    });
    socket.on('socket-connected', (id: unknown, payload: unknown) => {
      const event = readPresence(id, payload);
      if (event?.idUser !== undefined) this.handlers.connected(event.idSocket, event.idUser, event.mark, event.place);
    });
    socket.on('socket-disconnected', (id: unknown, payload: unknown) => {
      const event = readPresence(id, payload);
      if (event !== undefined) this.handlers.disconnected(event.idSocket, event.mark);
    });
    socket.on('identity-change', (payload: unknown) => {
      const change = readIdentityChange(payload);
      if (change !== undefined) this.handlers.identityChanged(change.idUser, change.version);
    });

    socket.on('connect_error', (error) => {
      // The socket stays active when no node was reached; otherwise one has
      // answered and does not want us.
      if (socket.active) this.#signal({ type: 'failed', retryAt: this.#again(this.#state.failures + 1) });
      else this.#signal({ type: 'refused', reason: error.message });
    });
    socket.on('disconnect', (reason) => {
      this.handlers.closed();
      if (reason === 'io client disconnect') return;
      this.#signal({ type: 'closed', retryAt: this.#again(1) });
    });

    addEventListener('offline', this.#networkLost);
    addEventListener('online', this.#networkBack);
  }

  /** Tries again in a while, and returns when, in Unix milliseconds. */
  #again(failures: number): number {
    const wait = backOff(failures);
    clearTimeout(this.#redial);
    this.#redial = setTimeout(() => {
      this.#signal({ type: 'trying' });
      this.#socket.connect();
    }, wait);
    return Date.now() + wait;
  }

  #networkLost = (): void => this.#signal({ type: 'network-lost' });

  #networkBack = (): void => {
    // A short loss may have left the connection standing.
    if (this.#socket.connected) this.#signal({ type: 'handshake' });
    else if (this.#state.state === 'offline') this.retry();
  };

  #signal(signal: Signal): void {
    this.#state = next(this.#state, signal);
    this.handlers.stateChanged(this.#state);
  }
}
