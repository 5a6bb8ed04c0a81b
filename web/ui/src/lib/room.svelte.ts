import { callRoll, readUsers, renameUser, type RollNode, type User } from './api';
import { Connection } from './connection';
import { initial, type ConnectionState } from './connection-state';
import { userId } from './events';
import { tell } from './news';
import { groupByUser, type Person } from './people';
import { edit, failed, saved, shown, submit, type Rename } from './rename';
import { RollCaller } from './roll-caller';
import { Roster, type RosterSocket } from './roster';
import { Users } from './users';

/** How long "Saved" stays, in milliseconds. */
const savedShows = 2_500;

/** How long at most a change is known and not shown, in milliseconds. */
const longestUndrawn = 200;

/**
 * Everything that the page shows of one room, as one user sees it. It joins the
 * pure parts (roster, users, renaming) to the connection; components read its
 * fields and call its methods, and know nothing of sockets.
 */
export class Room {
  readonly name: string;
  /** My user id, if what the address says is one. */
  readonly idUser: number | undefined;

  connection = $state.raw<ConnectionState>(initial);
  people = $state.raw<Person[]>([]);
  /** How each node took part in the last roll; empty before the first. */
  nodes = $state.raw<readonly RollNode[]>([]);
  complete = $state(true);
  /** Why the last roll call failed; undefined when it did not. */
  rollProblem = $state<string>();
  /** Whether a first roll has come and all its names are known. */
  ready = $state(false);
  /** When what is shown was last known to be true. */
  asOf = $state.raw<Date>();
  /** What happened last, for the eye and for screen readers. */
  news = $state('');

  /** My socket, while it is in the room. */
  own = $state.raw<{ idSocket: string; node: string }>();
  me = $state.raw<User>();
  rename = $state.raw<Rename>(shown);

  #roster = new Roster();
  #users: Users;
  #caller: RollCaller;
  #connection: Connection;
  #rolled = false;
  #drawing: ReturnType<typeof setTimeout> | undefined;

  constructor(room: string, writtenIdUser: string) {
    this.name = room;
    this.idUser = userId(writtenIdUser);
    this.#users = new Users(readUsers, () => this.#refresh());
    this.#caller = new RollCaller(
      this.#roster,
      () => callRoll(room),
      (error) => this.#rollTried(error),
    );
    this.#connection = new Connection(room, writtenIdUser, {
      stateChanged: (state) => this.#stateChanged(state),
      entered: (idSocket, node, mark) => {
        this.own = { idSocket, node };
        if (this.idUser !== undefined) this.#roster.handshake({ idSocket, idUser: this.idUser, node }, mark);
        this.#caller.start();
        this.#catchUp();
        this.#refresh();
      },
      closed: () => {
        this.own = undefined;
        this.#roster.ownSocketLost();
        this.#caller.stop();
        this.#refresh();
      },
      connected: (idSocket, idUser, mark, place) => {
        this.#roster.connected(idSocket, idUser, mark, place);
        this.#noticed();
      },
      disconnected: (idSocket, mark) => {
        this.#roster.disconnected(idSocket, mark);
        this.#noticed();
      },
      identityChanged: (idUser, version) => {
        if (version === undefined) this.#users.reread(idUser);
        else this.#users.want(idUser, version);
      },
    });
  }

  /** Whether nobody but me is here. */
  get alone(): boolean {
    return this.ready && this.connection.state === 'live' && this.people.every(({ isMe }) => isMe);
  }

  get sockets(): number {
    return this.people.reduce((sum, person) => sum + person.sockets.length, 0);
  }

  /** Tries to connect now. */
  retry(): void {
    this.#connection.retry();
  }

  close(): void {
    this.#connection.close();
    this.#caller.stop();
    this.#users.stop();
    clearTimeout(this.#drawing);
  }

  startRename(): void {
    if (this.me !== undefined) this.rename = edit(this.me);
  }

  typeName(draft: string): void {
    if (this.rename.phase === 'editing') this.rename = { ...this.rename, draft, problem: undefined };
  }

  cancelRename(): void {
    this.rename = shown;
  }

  /** Saves the draft; after a conflict, over the name that somebody else has set. */
  async saveName(): Promise<void> {
    const saving = submit(this.rename);
    this.rename = saving;
    if (saving.phase !== 'saving') return;
    const { draft, base } = saving;
    try {
      await renameUser(base.id_user, draft, base.version);
      // The change is announced too, but perhaps while we are offline.
      await this.#readAgain(base.id_user);
      this.#finishRename(saving, saved(saving));
    } catch (error) {
      this.#finishRename(saving, failed(saving, error, await this.#readAgain(base.id_user)));
    }
  }

  /** The user as the store has it now, or undefined if it cannot be read. */
  async #readAgain(idUser: number): Promise<User | undefined> {
    try {
      this.#users.accept(await readUsers([idUser]));
      return this.#users.get(idUser);
    } catch {
      this.#users.reread(idUser);
      return undefined;
    }
  }

  #finishRename(from: Rename, to: Rename): void {
    if (this.rename !== from) return; // given up meanwhile
    this.rename = to;
    if (to.phase !== 'saved') return;
    setTimeout(() => {
      if (this.rename === to) this.rename = shown;
    }, savedShows);
  }

  #stateChanged(state: ConnectionState): void {
    if (this.connection.state === 'live' && state.state !== 'live') this.asOf = new Date();
    this.connection = state;
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
    if (error === undefined) this.#rolled = true;
    this.nodes = this.#roster.nodes;
    this.complete = this.#roster.complete;
    this.#refresh();
  }

  /**
   * Shows what is known, soon: once for all that happens until then. Drawing
   * costs more the more there are, so a big room is drawn less often.
   */
  #refresh(): void {
    this.#drawing ??= setTimeout(
      () => {
        this.#drawing = undefined;
        this.#show();
      },
      Math.min(longestUndrawn, this.sockets / 5),
    );
  }

  #show(): void {
    const before = this.people;
    const sockets = this.#roster.sockets();
    this.#wantNames(sockets, before);
    if (this.idUser !== undefined) this.me = this.#users.get(this.idUser);

    const own = { idUser: this.idUser, idSocket: this.own?.idSocket };
    this.people = groupByUser(sockets, (id) => this.#users.get(id), own, before);
    if (this.ready) this.news = tell(before, this.people) || this.news;
    else this.ready = this.#rolled && sockets.every(({ idUser }) => this.#users.settled(idUser));
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
