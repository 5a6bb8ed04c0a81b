import { Announcer } from './announcer';
import { ApiError, callRoll, readUsers, type RollNode, type User } from '../../shared/api';
import { Connection } from './connection';
import { initial, type ConnectionState } from './connection-state';
import { rightsIn } from './claims';
import { remember, type Entry } from './happening';
import type { Pass } from './pass.svelte';
import { groupByUser, type Person } from './people';
import { Presence } from './presence';
import { Renaming } from './renaming.svelte';
import { RollCaller } from './roll-caller';
import { Roster, type RosterSocket } from './roster';
import { Users } from './users';

/** How long at most a change is known and not shown, in milliseconds. */
const longestUndrawn = 200;

/** How many happenings are kept. */
const mostRemembered = 100;

/** The last roll call, as it is told at the foot of the page. */
export interface LastRoll {
  /** How each node took part. */
  nodes: readonly RollNode[];
  complete: boolean;
  /** Empty if the node keeps none. */
  traceId: string;
  at: Date;
}

/**
 * Everything that the page shows of one room, as one user sees it. It joins the
 * pure parts (roster, users, renaming) to the connection; components read its
 * fields and call its methods, and know nothing of sockets.
 */
export class Room {
  readonly name: string;
  /** My user id: as the token or else the address says, and from the first roll on as that does. */
  idUser = $state('');

  connection = $state.raw<ConnectionState>(initial);
  /** Who is in the room. */
  people = $state.raw<Person[]>([]);
  /** The same, and those who have left a moment ago. */
  shown = $state.raw<readonly Person[]>([]);
  /** Undefined before the first. */
  roll = $state.raw<LastRoll>();
  /** Why the last roll call failed; undefined when it did not. */
  rollProblem = $state<string>();
  /** Why we may not see who else is here, in the words of the node; undefined if we may. */
  unlisted = $state<string>();
  /** When my token expires, Unix milliseconds, once the node has warned of it. */
  expiring = $state<number>();
  /** Whether a first roll has come and all its names are known. */
  ready = $state(false);
  /** When what is shown was last known to be true. */
  asOf = $state.raw<Date>();
  /** What happened, newest first. */
  happenings = $state.raw<readonly Entry[]>([]);
  /** What happened last, in a sentence for screen readers. */
  announcement = $state('');

  /** My socket, while it is in the room. */
  own = $state.raw<{ idSocket: string; node: string }>();
  me = $state.raw<User>();
  readonly renaming = new Renaming({
    me: () => this.me,
    token: () => this.pass.token,
    connected: () => this.connection.state === 'live',
    readAgain: (idUser) => this.#readAgain(idUser),
  });

  #roster = new Roster();
  #users: Users;
  #caller: RollCaller;
  #connection: Connection;
  #presence = new Presence();
  #announcer = new Announcer((sentence) => (this.announcement = sentence));
  #drawing: ReturnType<typeof setTimeout> | undefined;
  /** Draws again when somebody has lingered long enough. */
  #lingering: ReturnType<typeof setTimeout> | undefined;

  constructor(
    room: string,
    /** My user id, as the address says it. */
    private readonly addressed: string | undefined,
    readonly pass: Pass,
  ) {
    this.name = room;
    this.#users = new Users(
      (ids) => readUsers(ids, pass.token),
      () => this.#refresh(),
    );
    this.#caller = new RollCaller(
      this.#roster,
      () => callRoll(room, pass.token),
      (error) => this.#rollTried(error),
    );
    this.#connection = new Connection(
      { room, idUser: addressed, token: () => pass.token },
      {
        stateChanged: (state) => this.#stateChanged(state),
        entered: (idSocket, node, mark) => {
          this.own = { idSocket, node };
          this.#roster.handshake({ idSocket, idUser: this.idUser, node }, mark);
          this.#caller.start();
          this.#users.start();
          this.#catchUp();
          this.#refresh();
        },
        closed: () => {
          if (this.#drawing !== undefined) this.#show(); // what we know still counts
          this.own = undefined;
          this.expiring = undefined;
          this.#roster.ownSocketLost();
          this.#caller.stop();
          this.#users.stop(); // without a token that holds each answer would be a 401
        },
        connected: (idSocket, whose, mark, place) => {
          this.#roster.connected(idSocket, whose, mark, place);
          this.#noticed();
        },
        disconnected: (idSocket, mark) => {
          this.#roster.disconnected(idSocket, mark);
          this.#noticed();
        },
        identityChanged: (whose, version) => {
          if (version === undefined) this.#users.reread(whose);
          else this.#users.want(whose, version);
        },
        expiring: (at) => (this.expiring = at),
      },
    );
    this.idUser = this.#claimed;
  }

  /** What my token lets me do here, as letters of `jwld`; undefined if that is not known. */
  get rights(): string | undefined {
    return rightsIn(this.pass.claims, this.name);
  }

  /** Whether I am somebody without a name. */
  get nameless(): boolean {
    return this.ready && this.me === undefined;
  }

  /** Whether nobody but me is here. */
  get alone(): boolean {
    return this.ready && !this.unlisted && this.connection.state === 'live' && this.people.every(({ isMe }) => isMe);
  }

  /** How many sockets are in the room. */
  get sockets(): number {
    return this.people.reduce((sum, person) => sum + person.sockets.length, 0);
  }

  /** How many sockets each node holds, by name. */
  get socketsByNode(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { sockets } of this.people)
      for (const { node } of sockets) if (node !== undefined) counts.set(node, (counts.get(node) ?? 0) + 1);
    return counts;
  }

  /** Tries to connect now. */
  retry(): void {
    this.#connection.retry();
  }

  /** Shows another token, in place if we are in the room. Returns why it was not taken, "" if it was. */
  async show(token: string): Promise<string> {
    if (this.own === undefined) {
      this.pass.show(token);
      this.idUser = this.#claimed;
      this.retry();
      return '';
    }
    const renewal = await this.#connection.renew(token);
    if (!renewal.ok) return renewal.problem;
    this.pass.show(token);
    this.expiring = undefined;
    if (renewal.left.includes(this.name)) {
      this.#connection.leave({ code: 'no_right', reason: 'The new token does not let you be in this room.' });
      return '';
    }
    this.announcement = 'The new token is taken.';
    this.#caller.start(); // it may give another right to see who is here
    return '';
  }

  close(): void {
    this.#connection.close();
    this.#caller.stop();
    this.#users.stop();
    this.#announcer.stop();
    this.renaming.stop();
    clearTimeout(this.#drawing);
    clearTimeout(this.#lingering);
  }

  /** Who I am until a roll says so: a node that asks for tokens goes by mine, whatever the address says. */
  get #claimed(): string {
    return this.pass.claims.user ?? this.addressed ?? '';
  }

  /** The user as the store has it now, or undefined if it cannot be read. */
  async #readAgain(idUser: string): Promise<User | undefined> {
    try {
      return await this.#users.readNow(idUser);
    } catch {
      this.#users.reread(idUser);
      return undefined;
    }
  }

  #stateChanged(state: ConnectionState): void {
    const [was, is] = [this.connection.state, state.state];
    this.connection = state;
    if (was === 'live' && is !== 'live') this.asOf = new Date();
    if (is !== 'live' || was === 'live') return;
    this.renaming.resume();
    this.#refresh();
  }

  /** Names may have changed while we were away and could not be told. */
  #catchUp(): void {
    for (const { idUser } of this.people) if (this.#users.get(idUser)) this.#users.reread(idUser);
  }

  #noticed(): void {
    this.#caller.noticed();
    this.#refresh();
  }

  #rollTried(error?: unknown): void {
    this.rollProblem = error === undefined ? undefined : error instanceof Error ? error.message : String(error);
    if (error instanceof ApiError && error.code === 'no_right') {
      this.unlisted = error.message;
      this.rollProblem = this.roll = undefined;
      this.#presence = new Presence(); // who was seen before has not left
      this.shown = [];
      this.#caller.stop(); // until there is another token
    } else if (error === undefined) {
      this.unlisted = undefined;
      const { nodes, complete, traceId } = this.#roster;
      this.roll = { nodes, complete, traceId, at: new Date() };
    }
    this.#refresh();
  }

  /**
   * Shows what is known, soon: once for all that happens until then. Drawing
   * costs more the more there are, so a big room is drawn less often.
   */
  #refresh(): void {
    this.#drawing ??= setTimeout(() => this.#show(), Math.min(longestUndrawn, this.sockets / 5));
  }

  #show(): void {
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    // Without a connection the page stands still, as of when it was lost.
    if (this.ready && this.connection.state !== 'live') return;
    const before = this.people;
    this.idUser = this.#roster.ownUser ?? this.idUser;
    // Who is not known yet, by a token without `sub`, is told by the roll.
    const mine = ({ idSocket }: RosterSocket) => this.unlisted === undefined || idSocket === this.own?.idSocket;
    const sockets = this.#roster.sockets().filter((socket) => socket.idUser !== '' && mine(socket));
    this.#wantNames(sockets, before);
    this.me = this.#users.get(this.idUser);

    const own = { idUser: this.idUser, idSocket: this.own?.idSocket };
    this.people = groupByUser(sockets, (id) => this.#users.get(id), own, before);
    const told = this.roll !== undefined || this.unlisted !== undefined;
    this.ready ||= told && sockets.every(({ idUser }) => this.#users.settled(idUser));
    if (this.ready && this.unlisted === undefined) this.#follow();
  }

  /** Tells who has come and gone, and comes back for those who linger. */
  #follow(): void {
    const news = this.#presence.update(this.people, Date.now());
    this.shown = this.#presence.shown;
    this.happenings = remember(this.happenings, news, mostRemembered);
    this.#announcer.add(news);
    clearTimeout(this.#lingering);
    const { due } = this.#presence;
    if (due !== undefined) this.#lingering = setTimeout(() => this.#show(), Math.max(0, due - Date.now()));
  }

  /**
   * Who was not in the room is read even if known: a rename is announced only
   * to the rooms that the user is in.
   */
  #wantNames(sockets: readonly RosterSocket[], before: readonly Person[]): void {
    const present = new Set(before.map(({ idUser }) => idUser));
    for (const idUser of new Set(sockets.map((socket) => socket.idUser))) {
      if (present.has(idUser)) this.#users.want(idUser);
      else this.#users.reread(idUser);
    }
  }
}
