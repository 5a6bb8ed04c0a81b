import { Announcer } from './announcer';
import { callRoll, readUsers, type RollNode, type User } from '../../shared/api';
import { Connection } from './connection';
import { initial, type ConnectionState } from './connection-state';
import { remember, type Entry } from './happening';
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
  /** My user id, as the address says it. */
  readonly idUser: string;

  connection = $state.raw<ConnectionState>(initial);
  /** Who is in the room. */
  people = $state.raw<Person[]>([]);
  /** The same, and those who have left a moment ago. */
  shown = $state.raw<readonly Person[]>([]);
  /** Undefined before the first. */
  roll = $state.raw<LastRoll>();
  /** Why the last roll call failed; undefined when it did not. */
  rollProblem = $state<string>();
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

  constructor(room: string, idUser: string) {
    this.name = room;
    this.idUser = idUser;
    this.#users = new Users(readUsers, () => this.#refresh());
    this.#caller = new RollCaller(
      this.#roster,
      () => callRoll(room),
      (error) => this.#rollTried(error),
    );
    this.#connection = new Connection(room, idUser, {
      stateChanged: (state) => this.#stateChanged(state),
      entered: (idSocket, node, mark) => {
        this.own = { idSocket, node };
        this.#roster.handshake({ idSocket, idUser, node }, mark);
        this.#caller.start();
        this.#catchUp();
        this.#refresh();
      },
      closed: () => {
        if (this.#drawing !== undefined) this.#show(); // what we know still counts
        this.own = undefined;
        this.#roster.ownSocketLost();
        this.#caller.stop();
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
    });
  }

  /** Whether nobody but me is here. */
  get alone(): boolean {
    return this.ready && this.connection.state === 'live' && this.people.every(({ isMe }) => isMe);
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

  close(): void {
    this.#connection.close();
    this.#caller.stop();
    this.#users.stop();
    this.#announcer.stop();
    this.renaming.stop();
    clearTimeout(this.#drawing);
    clearTimeout(this.#lingering);
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
    if (error === undefined) {
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
    const sockets = this.#roster.sockets();
    this.#wantNames(sockets, before);
    this.me = this.#users.get(this.idUser);

    const own = { idUser: this.idUser, idSocket: this.own?.idSocket };
    this.people = groupByUser(sockets, (id) => this.#users.get(id), own, before);
    this.ready ||= this.roll !== undefined && sockets.every(({ idUser }) => this.#users.settled(idUser));
    if (this.ready) this.#follow();
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
