import { ApiError, readUsers, readUsersPage, type User } from '../../shared/api';
import { findByName } from './find';
import { compareNames, isUserId } from '../../shared/user-id';

/** How many users are read at a time. */
const pageSize = 100;

/** How long typing rests before an id is looked up, in milliseconds. */
const rest = 300;

/** Somebody who can be chosen. */
export interface Choice {
  idUser: string;
  name: string;
}

/**
 * The users to choose from, of whom there may be a million: a page of them at a time,
 * and whoever has the very id that was typed.
 */
export class Choices {
  /** What is looked for: a part of a name, or an id. */
  words = $state('');
  /** Those who were read, by name. */
  known = $state.raw<readonly Choice[]>([]);
  /** Whether a page is being read. */
  reading = $state(false);
  /** Why the last page could not be read. */
  problem = $state('');
  /** Whether the users are not for us to see: each proves who they are, by a token. */
  locked = $state(false);

  #next = $state<string | number>();
  #looking: ReturnType<typeof setTimeout> | undefined;
  /** Grows with what is looked for and what is read anew, so that late answers are known as such. */
  #round = 0;

  /** `token` is what the node is shown, "" for nothing. */
  constructor(private readonly token = '') {}

  /** Those who fit what is looked for: first who has that id, then by name. */
  readonly found = $derived.by<readonly Choice[]>(() => {
    if (this.words.trim() === '') return this.known;
    const ids = this.#ids;
    const byId = this.known.filter(({ idUser }) => ids.includes(idUser));
    const named = findByName(this.known, this.words);
    return [...byId, ...named.filter((choice) => !byId.includes(choice))];
  });

  /** Whether there are more than those who were read. */
  get more(): boolean {
    return this.#next !== undefined;
  }

  /** Reads the first page, instead of all that was read before. */
  begin(): Promise<void> {
    this.#next = pageSize;
    return this.#read(true);
  }

  /** Reads the next page, or again the one that could not be read. */
  async readMore(): Promise<void> {
    if (!this.reading && this.#next !== undefined) await this.#read(false);
  }

  /** Looks for somebody. */
  lookFor(words: string): void {
    this.words = words;
    clearTimeout(this.#looking);
    if (!this.more) return; // all are known
    this.#looking = setTimeout(() => void this.#lookUp(), rest);
  }

  stop(): void {
    clearTimeout(this.#looking);
    this.#round++;
  }

  /** The ids that may be meant: as typed, and without what was pasted around it. */
  get #ids(): string[] {
    return [...new Set([this.words, this.words.trim()])].filter(isUserId);
  }

  async #read(anew: boolean): Promise<void> {
    const from = this.#next ?? pageSize;
    const round = anew ? ++this.#round : this.#round;
    this.reading = true;
    try {
      const { users, next } = await readUsersPage(from, this.token);
      if (round !== this.#round) return;
      if (anew) this.known = [];
      this.#add(users);
      this.#next = next;
      this.problem = '';
      this.locked = false;
    } catch (error) {
      if (round !== this.#round) return;
      this.locked = error instanceof ApiError && (error.status === 401 || error.status === 403);
      this.problem = this.locked ? '' : error instanceof Error ? error.message : String(error);
    }
    this.reading = false;
  }

  async #lookUp(): Promise<void> {
    const known = new Set(this.known.map(({ idUser }) => idUser));
    const ids = this.#ids.filter((id) => !known.has(id));
    if (ids.length === 0) return;
    const round = this.#round;
    // Who cannot be looked up is not found; another letter tries again.
    const users = await readUsers(ids, this.token).catch(() => []);
    if (round === this.#round) this.#add(users);
  }

  #add(users: readonly User[]): void {
    const choices = new Map(this.known.map((choice) => [choice.idUser, choice]));
    for (const { id_user, name } of users) choices.set(id_user, { idUser: id_user, name });
    this.known = [...choices.values()].sort(compareNames);
  }
}
