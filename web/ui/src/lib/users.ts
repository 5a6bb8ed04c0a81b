import type { User } from './api';
import { backOff } from './pace';

/** As many ids as fit well into one address. */
const mostPerRead = 100;

/**
 * What we know of the users, each at the highest version seen.
 *
 * It is told which users matter, and at least at which version, and reads them
 * until it has them: in one request for all that is asked in the same moment,
 * and again, ever more slowly, when a read fails or answers with a version
 * older than the one announced.
 */
export class Users {
  #known = new Map<number, User>();
  #unknown = new Set<number>();
  /** What must still be read: the id, and the lowest version that will do. */
  #wanted = new Map<number, number>();
  #reading = false;
  #scheduled: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #stopped = false;

  constructor(
    private readonly read: (ids: readonly number[]) => Promise<User[]>,
    private readonly changed: () => void,
  ) {}

  get(idUser: number): User | undefined {
    return this.#known.get(idUser);
  }

  /** Whether the user is known, or known not to exist. */
  settled(idUser: number): boolean {
    return this.#known.has(idUser) || this.#unknown.has(idUser);
  }

  /** Sees to it that the user is known, at this version or a later one. */
  want(idUser: number, version = 0): void {
    const known = this.#known.get(idUser);
    if (known !== undefined && known.version >= version) return;
    if (this.#unknown.has(idUser) && version === 0) return;
    this.#ask(idUser, version);
  }

  /** Reads the user again, though we cannot say which version to expect. */
  reread(idUser: number): void {
    this.#ask(idUser, 0);
  }

  /** Takes in users that were read, in whatever order their answers come. */
  accept(users: readonly User[]): void {
    let news = false;
    for (const user of users) {
      this.#unknown.delete(user.id_user);
      const known = this.#known.get(user.id_user);
      if (known !== undefined && known.version >= user.version) continue;
      this.#known.set(user.id_user, user);
      news = true;
    }
    if (news) this.changed();
  }

  /** Reads nothing any more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#scheduled);
  }

  #ask(idUser: number, version: number): void {
    this.#wanted.set(idUser, Math.max(version, this.#wanted.get(idUser) ?? 0));
    this.#schedule(0);
  }

  #schedule(delay: number): void {
    if (this.#stopped || this.#reading) return;
    clearTimeout(this.#scheduled);
    this.#scheduled = setTimeout(() => void this.#readWanted(), delay);
  }

  async #readWanted(): Promise<void> {
    const asked = new Map([...this.#wanted].slice(0, mostPerRead));
    for (const id of asked.keys()) this.#wanted.delete(id);
    this.#reading = true;
    try {
      const users = await this.read([...asked.keys()]);
      this.accept(users);
      this.#failures = this.#settle(asked, users) ? 0 : this.#failures + 1;
    } catch {
      for (const [id, version] of asked) this.#putBack(id, version);
      this.#failures++;
    }
    this.#reading = false;
    if (this.#wanted.size > 0) this.#schedule(this.#failures === 0 ? 0 : backOff(this.#failures));
  }

  /** Wants again whatever came too old; returns whether all is well. */
  #settle(asked: ReadonlyMap<number, number>, answered: readonly User[]): boolean {
    const there = new Set(answered.map(({ id_user }) => id_user));
    let well = true;
    let news = false;
    for (const [id, version] of asked) {
      if (!there.has(id)) {
        news ||= !this.settled(id);
        if (!this.#known.has(id)) this.#unknown.add(id);
      } else if ((this.#known.get(id)?.version ?? 0) < version) {
        this.#putBack(id, version);
        well = false;
      }
    }
    if (news) this.changed();
    return well;
  }

  #putBack(idUser: number, version: number): void {
    this.#wanted.set(idUser, Math.max(version, this.#wanted.get(idUser) ?? 0));
  }
}
