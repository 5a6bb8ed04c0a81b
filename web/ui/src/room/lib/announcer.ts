import { sentence, type Happening } from './happening';

/** The least time between two sentences, in milliseconds: a screen reader must get a word in. */
const pause = 3_000;

/**
 * Says what happened for those who do not see it, in few words: at once if all was
 * quiet, and otherwise once in a while, for all that has happened since.
 */
export class Announcer {
  #waiting: Happening[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly say: (sentence: string) => void) {}

  add(happenings: readonly Happening[]): void {
    if (happenings.length === 0) return;
    this.#waiting.push(...happenings);
    if (this.#timer === undefined) this.#speak();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #speak(): void {
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const words = sentence(this.#waiting);
    this.#waiting = [];
    this.#timer = setTimeout(() => this.#speak(), pause);
    this.say(words);
  }
}
