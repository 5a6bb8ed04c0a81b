import { renameUser, type User } from '../../shared/api';
import { backOff } from './pace';
import { edit, failed, saved, shown, submit, type Rename } from './rename';

/** How long "Saved" stays, in milliseconds. */
const savedShows = 2_500;

/** What renaming needs of the room. */
export interface RenamingNeeds {
  /** My user, if known. */
  me(): User | undefined;
  /** The token that proves it, "" for none. */
  token(): string;
  /** Whether we are connected: otherwise a save waits. */
  connected(): boolean;
  /** The user as the store has it now, or undefined if it cannot be read. */
  readAgain(idUser: string): Promise<User | undefined>;
}

/** Drives the renaming of oneself: makes the saves, and makes those that wait when they can be made. */
export class Renaming {
  state = $state.raw<Rename>(shown);

  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(private readonly room: RenamingNeeds) {}

  start(): void {
    const me = this.room.me();
    if (me !== undefined) this.state = edit(me, this.state);
  }

  type(draft: string): void {
    if (this.state.phase === 'editing') this.state = { ...this.state, draft, problem: undefined };
  }

  cancel(): void {
    this.state = shown;
  }

  /** Saves the draft; after a conflict, over the name that somebody else has set. */
  async save(): Promise<void> {
    const saving = submit(this.state, this.room.connected());
    this.state = saving;
    if (saving.phase !== 'saving') return;
    const { draft, base } = saving;
    try {
      await renameUser(base.id_user, draft, base.version, this.room.token());
      // The change is announced too, but perhaps while we are offline.
      await this.room.readAgain(base.id_user);
      this.#finish(saving, saved(saving));
    } catch (error) {
      this.#finish(saving, failed(saving, error, await this.room.readAgain(base.id_user)));
    }
  }

  /** We are connected (again): what waits is saved. */
  resume(): void {
    clearTimeout(this.#timer);
    if (this.state.phase === 'waiting') void this.save();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #finish(from: Rename, to: Rename): void {
    if (this.state !== from) return; // given up meanwhile
    this.state = to;
    this.#failures = to.phase === 'waiting' ? this.#failures + 1 : 0;
    if (to.phase === 'waiting') this.#timer = setTimeout(() => this.resume(), backOff(this.#failures));
    if (to.phase === 'saved') this.#timer = setTimeout(() => this.#settle(to), savedShows);
  }

  #settle(done: Rename): void {
    if (this.state === done) this.state = shown;
  }
}
