import { io, type Socket } from 'socket.io-client';
import { initial, next, type ConnectionState, type Refusal, type Signal } from './connection-state';
import {
  readClosing,
  readExpiring,
  readHandshake,
  readIdentityChange,
  readPresence,
  readRefusal,
  readRemoved,
  readRenewal,
  type Renewal,
} from './events';
import { backOff } from './pace';
import { followPage } from '../../shared/page-life';
import type { Mark, Place } from './roster';

/** How long a node that was reached may take to let us in, in milliseconds. */
const longestHandshake = 30_000;

/** How long a node may take to look at a token, in milliseconds: it may have to fetch a key. */
const longestRenewal = 10_000;

/** Where we want to be, and who we are. */
export interface Wish {
  room: string;
  /** Undefined if the address names nobody: the token does, then. */
  idUser: string | undefined;
  /** The token to show now, "" for none. */
  token(): string;
}

export interface ConnectionHandlers {
  stateChanged(state: ConnectionState): void;
  /** We are in the room, with this socket on this node. */
  entered(idSocket: string, node: string, mark: Mark): void;
  /** Our socket is closed. */
  closed(): void;
  connected(idSocket: string, idUser: string, mark: Mark, place: Place): void;
  disconnected(idSocket: string, mark: Mark): void;
  identityChanged(idUser: string, version: number | undefined): void;
  /** Our token expires soon, at this time in Unix milliseconds. */
  expiring(at: number): void;
}

/**
 * Our socket in a room: socket.io-client, wired to the handlers. Whatever ends it, it
 * is tried again until it is back; only a refusal, which a node has put into words, is
 * final until {@link Connection.retry}.
 */
export class Connection {
  #socket: Socket;
  #state = initial;
  /** Whether we are in the room. */
  #entered = false;
  /** Whether the page is gone, and our socket with it. */
  #away = false;
  /** Set while the next try is due. The client would try by itself, and not say when. */
  #redial: ReturnType<typeof setTimeout> | undefined;
  /** Set while a try is under way. */
  #patience: ReturnType<typeof setTimeout> | undefined;
  #unfollow: () => void;
  /** Why the node is about to end our connection, if it says that this is for good. */
  #closing: Refusal | undefined;

  constructor(
    private readonly wish: Wish,
    private readonly handlers: ConnectionHandlers,
    origin = location.origin,
    follow = followPage,
  ) {
    this.#socket = io(origin, {
      query: { room: wish.room, ...(wish.idUser !== undefined && { id_user: wish.idUser }) },
      // Asked for each connection, so that the newest counts.
      auth: (answer) => answer(wish.token() === '' ? {} : { token: wish.token() }),
      // A proxy in front may pass on no websocket, or make its origin look foreign; an
      // upgrade names its session, and is let in.
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      autoConnect: false,
      reconnection: false,
      timeout: 10_000,
    });
    this.#listen();
    this.#unfollow = follow({
      gone: () => this.#leave(),
      back: () => this.#comeBack(),
      awake: () => this.#look(),
      offline: () => this.#signal({ type: 'network-lost' }),
    });
    this.#dial();
  }

  /** Tries again now, instead of when the next try is due. */
  retry(): void {
    if (this.#entered) return;
    this.#signal({ type: 'retry' });
    // Closing cancels a try that is under way; connecting starts afresh.
    this.#socket.disconnect();
    this.#dial();
  }

  /** Shows another token, while we are in the room. */
  async renew(token: string): Promise<Renewal> {
    try {
      return readRenewal(await this.#socket.timeout(longestRenewal).emitWithAck('token', token));
    } catch {
      return { ok: false, problem: 'The node did not answer.' };
    }
  }

  /** Leaves, for a reason that trying again by ourselves would not change. */
  leave(refusal: Refusal): void {
    this.#socket.disconnect();
    this.#refused(refusal);
  }

  close(): void {
    this.#unfollow();
    this.#socket.off().disconnect();
    clearTimeout(this.#redial);
    clearTimeout(this.#patience);
  }

  #listen(): void {
    const socket = this.#socket;

    socket.on('handshake', (payload: unknown) => {
      const { node, mark } = readHandshake(payload);
      if (socket.id === undefined) return;
      clearTimeout(this.#patience);
      this.#entered = true;
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

    socket.on('token-expiring', (payload: unknown) => {
      const at = readExpiring(payload);
      if (at !== undefined) this.handlers.expiring(at);
    });
    socket.on('closing', (payload: unknown) => (this.#closing = readClosing(payload)));
    socket.on('removed', (payload: unknown) => {
      if (readRemoved(payload) !== this.wish.room) return;
      this.leave({ code: 'removed', reason: 'Somebody who may do that has taken you out of this room.' });
    });

    socket.on('connect_error', (error) => {
      // The socket stays active when no node was reached; otherwise one has
      // answered and does not want us.
      if (socket.active) this.#failed(false);
      else this.#refused(readRefusal(error));
    });
    // Told also when a node hangs up that had not let us in: one that cannot do so just
    // now hangs up without a word.
    socket.on('disconnect', (reason) => {
      const was = this.#entered;
      const why = this.#closing;
      this.#entered = false;
      this.#closing = undefined;
      this.handlers.closed();
      if (reason === 'io client disconnect') return;
      if (why !== undefined) this.#refused(why);
      else if (was) this.#signal({ type: 'closed', retryAt: this.#again(1) });
      else if (this.#redial === undefined) this.#failed(true); // else told before, as an error
    });
  }

  #dial(): void {
    clearTimeout(this.#redial);
    this.#redial = undefined;
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      this.#socket.disconnect();
      this.#failed(true);
    }, longestHandshake);
    this.#socket.connect();
    this.#watch(this.#socket.io.engine);
  }

  /** Tells when a node hangs up before it has said a word, which the client would notice by its timeout only. */
  #watch(engine: Socket['io']['engine']): void {
    const hungUp = (reason: string): void => {
      if (reason === 'forced close' || this.#redial !== undefined) return; // by us, or told as an error
      this.#socket.disconnect();
      this.#failed(true);
    };
    engine.once('close', hungUp);
    engine.once('open', () => engine.off('close', hungUp));
  }

  #failed(reached: boolean): void {
    this.#signal({ type: 'failed', reached, retryAt: this.#again(this.#state.failures + 1) });
  }

  #refused(refusal: Refusal): void {
    clearTimeout(this.#patience);
    this.#signal({ type: 'refused', refusal });
  }

  /** Tries again in a while, and returns when, in Unix milliseconds. */
  #again(failures: number): number {
    const wait = backOff(failures);
    clearTimeout(this.#patience);
    clearTimeout(this.#redial);
    this.#redial = setTimeout(() => {
      this.#signal({ type: 'trying' });
      this.#dial();
    }, wait);
    return Date.now() + wait;
  }

  /** The page is gone: nobody is here, which the others should know at once. */
  #leave(): void {
    this.#away = true;
    clearTimeout(this.#redial);
    this.#redial = undefined;
    clearTimeout(this.#patience);
    this.#socket.disconnect();
    this.#signal({ type: 'left' });
  }

  #comeBack(): void {
    this.#away = false;
    if (this.#state.state === 'refused') return;
    this.#signal({ type: 'trying' });
    this.#dial();
  }

  /** The device may have slept, or the network been away: is the connection still there? If not, try now. */
  #look(): void {
    if (this.#away) return;
    if (this.#entered) {
      // The client's own timer stands still while a device sleeps; asked, it looks at the clock.
      if (this.#socket.io.engine._hasPingExpired()) return;
      this.#signal({ type: 'handshake' }); // a short loss may have left it standing
    } else if (this.#redial !== undefined) this.retry();
  }

  #signal(signal: Signal): void {
    this.#state = next(this.#state, signal);
    this.handlers.stateChanged(this.#state);
  }
}
