import type { Roll, RollNode } from '../../shared/api';

/** Where a socket is; empty if a node did not say. */
export interface Place {
  /** The node that holds it. */
  node?: string | undefined;
  /** When it joined, RFC 3339. */
  since?: string | undefined;
}

/** A socket in the room, as far as this page knows. */
export interface RosterSocket extends Place {
  idSocket: string;
  idUser: string;
  /** Its node did not answer the last roll, so it may be gone. */
  unconfirmed: boolean;
}

/** The place of an event among the room's events; empty when it was sent unnumbered. */
export interface Mark {
  epoch?: number;
  seq?: number;
}

/**
 * Who is in the room: one roll after each handshake, and the events on top.
 *
 * What makes this exact:
 * - An id belongs to one socket for ever, so an event may be applied twice. That
 *   socket may leave and come back: the latest event counts.
 * - A roll contains every join announced before it began, and nobody whose leave
 *   was. What is announced while it is under way is put on top of it.
 * - A missing number, or another epoch, means that an event may have been lost:
 *   {@link rollWanted} then asks for another roll, which must begin afterwards. So
 *   does a join at a node that was missing from the last roll, or lost.
 * - An unnumbered event was sent past the room grain; it is as true as any.
 *
 * It does nothing by itself and knows no clock and no network; a RollCaller
 * drives it.
 */
export class Roster {
  #sockets = new Map<string, RosterSocket>();
  /** Our own earlier ids. A node that has not noticed yet shows them still. */
  #former = new Set<string>();
  #nodes: readonly RollNode[] = [];
  #complete = true;
  #traceId = '';

  #own: string | undefined;
  #last: Mark = {};

  #wanted = false;
  #tickets = 0;
  #underWay: { ticket: number; joined: Set<string>; left: Set<string> } | undefined;

  /** Whether a roll has to begin to know who is here. */
  get rollWanted(): boolean {
    return this.#wanted;
  }

  get rollUnderWay(): boolean {
    return this.#underWay !== undefined;
  }

  /** Whether every node answered the last roll. */
  get complete(): boolean {
    return this.#complete;
  }

  /** How each node took part in the last roll. */
  get nodes(): readonly RollNode[] {
    return this.#nodes;
  }

  /** The trace of the last roll; empty before the first. */
  get traceId(): string {
    return this.#traceId;
  }

  /** Whose our own socket is, while it is in the room: as the last roll says, once there was one. */
  get ownUser(): string | undefined {
    return this.#own === undefined ? undefined : this.#sockets.get(this.#own)?.idUser;
  }

  sockets(): readonly RosterSocket[] {
    return [...this.#sockets.values()];
  }

  /**
   * Our own socket is in the room. Events may have passed before it was, so a
   * roll is wanted, and one that began before is not good enough.
   */
  handshake(own: { idSocket: string; idUser: string; node: string }, mark: Mark): void {
    if (this.#own !== own.idSocket) this.#retireOwn();
    this.#own = own.idSocket;
    this.#sockets.set(own.idSocket, { ...own, unconfirmed: false });
    this.#last = mark;
    this.#underWay = undefined;
    this.#wanted = true;
  }

  /** Our own socket is closed; the others stay as they were last seen. */
  ownSocketLost(): void {
    this.#retireOwn();
    this.#underWay = undefined;
    this.#wanted = false;
  }

  /** The event `socket-connected`. */
  connected(idSocket: string, idUser: string, mark: Mark, place: Place = {}): void {
    this.#follow(mark);
    if (this.#former.has(idSocket)) return;
    this.#underWay?.joined.add(idSocket);
    this.#underWay?.left.delete(idSocket);
    if (idSocket === this.#own) return;
    if (this.#unseen(place.node)) this.#wanted = true;
    const known = place.node === undefined ? this.#sockets.get(idSocket) : place;
    this.#sockets.set(idSocket, { ...known, idSocket, idUser, unconfirmed: false });
  }

  /** The event `socket-disconnected`. */
  disconnected(idSocket: string, mark: Mark): void {
    this.#follow(mark);
    if (idSocket === this.#own) return;
    this.#sockets.delete(idSocket);
    this.#underWay?.joined.delete(idSocket);
    this.#underWay?.left.add(idSocket);
  }

  /** A roll call begins now. Its ticket says later whether it is still the one that counts. */
  beginRoll(): number {
    this.#wanted = false;
    this.#underWay = { ticket: ++this.#tickets, joined: new Set(), left: new Set() };
    return this.#tickets;
  }

  /**
   * The roll has come. Returns false, and changes nothing, if it was overtaken
   * by a later one or by a handshake.
   */
  applyRoll(ticket: number, roll: Roll): boolean {
    if (this.#underWay?.ticket !== ticket) return false;
    const { joined, left } = this.#underWay;
    this.#underWay = undefined;

    const before = this.#sockets;
    this.#sockets = new Map();
    for (const { id_user, sockets } of roll.users) {
      for (const { id_socket, node, since } of sockets) {
        if (left.has(id_socket) || this.#former.has(id_socket)) continue;
        this.#sockets.set(id_socket, { idSocket: id_socket, idUser: id_user, node, since, unconfirmed: false });
      }
    }

    const silent = new Set(roll.nodes.filter(({ status }) => status === 'missing').map(({ node }) => node));
    for (const [id, socket] of before) {
      if (this.#sockets.has(id)) continue;
      if (id === this.#own || joined.has(id)) this.#sockets.set(id, socket);
      else if (silent.size > 0 && (socket.node === undefined || silent.has(socket.node)))
        this.#sockets.set(id, { ...socket, unconfirmed: true });
    }

    this.#nodes = roll.nodes;
    this.#complete = roll.complete;
    this.#traceId = roll.trace_id;
    return true;
  }

  /** The roll call failed; what it should have mended still needs mending. */
  failRoll(ticket: number): boolean {
    if (this.#underWay?.ticket !== ticket) return false;
    this.#underWay = undefined;
    this.#wanted = true;
    return true;
  }

  /** Whether the last roll lacks a node that we now hear of: it is back, and the warning of it out of date. */
  #unseen(node: string | undefined): boolean {
    return this.#nodes.some((one) => one.node === node && (one.status === 'missing' || one.status === 'lost'));
  }

  #retireOwn(): void {
    if (this.#own === undefined) return;
    this.#sockets.delete(this.#own);
    this.#former.add(this.#own);
    this.#own = undefined;
  }

  #follow({ epoch, seq }: Mark): void {
    if (epoch === undefined || seq === undefined) return;
    const last = this.#last;
    if (epoch !== last.epoch) {
      this.#wanted = true;
    } else if (last.seq !== undefined && seq <= last.seq) {
      return; // seen before, or late: the gap that it left has been noticed
    } else if (seq !== (last.seq ?? 0) + 1) {
      this.#wanted = true;
    }
    this.#last = { epoch, seq };
  }
}
