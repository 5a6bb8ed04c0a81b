import { fitting, type User } from '../../shared/api';
import { backOff } from './pace';

/** What was read of one user, and when. */
interface Known {
  /** Undefined if there is no such user. */
  user: User | undefined;
  /** The tick at which the answer came. */
  at: number;
}

/**
 * What we know of the users: of each what was read last. Of two answers whose order
 * is not known, because they were under way at the same time, the one with the higher
 * version counts; otherwise the later one, as who was removed and made anew begins
 * again with a low version.
 *
 * It is told which users matter, and at least at which version, and reads them
 * until it has them: in one request for all that is asked in the same moment,
 * and again, ever more slowly, when a read fails or answers with a version
 * older than the one announced.
 */
export class Users {
  #known = new Map<string, Known>();
  /** What must still be read: the id, and the lowest version that will do. */
  #wanted = new Map<string, number>();
  /** Counts the questions and the answers. */
  #ticks = 0;
  #reading = false;
  #scheduled: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #stopped = false;

  constructor(
    private readonly read: (ids: readonly string[]) => Promise<User[]>,
    private readonly changed: () => void,
  ) {}

  get(idUser: string): User | undefined {
    return this.#known.get(idUser)?.user;
  }

  /** Whether the user is known, or known not to exist. */
  settled(idUser: string): boolean {
    return this.#known.has(idUser);
  }

  /** Sees to it that the user is known, at this version or a later one. */
  want(idUser: string, version = 0): void {
    const known = this.#known.get(idUser);
    if (known !== undefined && (known.user?.version ?? 0) >= version) return;
    this.#ask(idUser, version);
  }

  /** Reads the user again, though we cannot say which version to expect. */
  reread(idUser: string): void {
    this.#ask(idUser, 0);
  }

  /** Reads the user now, and returns what there is; undefined if there is no such user. */
  async readNow(idUser: string): Promise<User | undefined> {
    const asked = this.#ticks++;
    const answered = await this.read([idUser]);
    if (this.#take([idUser], answered, asked)) this.changed();
    return answered.find(({ id_user }) => id_user === idUser);
  }

  /** Reads nothing until {@link Users.start}, but what it is asked to read now. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#scheduled);
    this.#scheduled = undefined;
  }

  /** Reads what is wanted from here on, beginning with what was left when it was stopped. */
  start(): void {
    this.#stopped = false;
    this.#failures = 0;
    if (this.#wanted.size > 0) this.#schedule(0);
  }

  #ask(idUser: string, version: number): void {
    this.#wanted.set(idUser, Math.max(version, this.#wanted.get(idUser) ?? 0));
    this.#schedule(0);
  }

  #schedule(delay: number): void {
    if (this.#stopped || this.#reading) return;
    // What is asked for while reads fail waits with the rest.
    if (this.#scheduled !== undefined && this.#failures > 0) return;
    clearTimeout(this.#scheduled);
    this.#scheduled = setTimeout(() => void this.#readWanted(), delay);
  }

  async #readWanted(): Promise<void> {
    this.#scheduled = undefined;
    const ids = fitting(this.#wanted.keys());
    const versions = new Map(ids.map((id) => [id, this.#wanted.get(id) ?? 0]));
    for (const id of ids) this.#wanted.delete(id);
    this.#reading = true;
    const asked = this.#ticks++;
    try {
      const news = this.#take(ids, await this.read(ids), asked);
      this.#failures = this.#old(versions) ? this.#failures + 1 : 0;
      if (news) this.changed();
    } catch {
      for (const [id, version] of versions) this.#putBack(id, version);
      this.#failures++;
    }
    this.#reading = false;
    if (this.#wanted.size > 0) this.#schedule(this.#failures === 0 ? 0 : backOff(this.#failures));
  }

  /** Takes in the answer to a question after these users, asked at that tick; returns whether it is news. */
  #take(ids: readonly string[], answered: readonly User[], asked: number): boolean {
    const at = this.#ticks++;
    const users = new Map(answered.map((user) => [user.id_user, user]));
    let news = false;
    for (const id of ids) {
      const user = users.get(id);
      const known = this.#known.get(id);
      const later = known === undefined || known.at < asked;
      if (!later && !isNewer(user, known.user)) continue;
      const same = known?.user?.version === user?.version && known?.user?.name === user?.name;
      news ||= known === undefined || !same;
      // Who is as before is the same object, so that nothing is drawn anew.
      this.#known.set(id, { user: same ? (known?.user ?? user) : user, at });
    }
    return news;
  }

  /** Wants again whatever is older than it should be; returns whether anything is. */
  #old(versions: ReadonlyMap<string, number>): boolean {
    let old = false;
    for (const [id, version] of versions) {
      if ((this.get(id)?.version ?? version) >= version) continue;
      this.#putBack(id, version);
      old = true;
    }
    return old;
  }

  #putBack(idUser: string, version: number): void {
    this.#wanted.set(idUser, Math.max(version, this.#wanted.get(idUser) ?? 0));
  }
}

/** Whether a user was read at a later version than before. Who is gone is not brought back by it. */
function isNewer(user: User | undefined, before: User | undefined): boolean {
  return user !== undefined && before !== undefined && user.version > before.version;
}
