import type { Roll } from '../../shared/api';
import { backOff } from './pace';
import type { Roster } from './roster';

/** A gap is seen by every page of the room at once: they ask within this many milliseconds, not together. */
const scatter = 150;

/**
 * Takes a roll whenever the roster wants one, one at a time: at once after a
 * handshake, shortly after a gap, and ever more slowly while rolls fail or nodes are
 * missing from them.
 */
export class RollCaller {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;
  #failures = 0;
  #running = false;

  constructor(
    private readonly roster: Roster,
    private readonly callRoll: () => Promise<Roll>,
    /** Told after each try that counted, with the error if it failed. */
    private readonly tried: (error?: unknown) => void,
  ) {}

  /** Our socket is in the room: take the roll now, and keep it from here on. */
  start(): void {
    this.stop();
    this.#running = true;
    this.#failures = 0;
    this.#in(0);
  }

  /** Our socket is closed: there is nothing to ask until the next handshake. */
  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#due = Infinity;
  }

  /** An event was applied to the roster. */
  noticed(): void {
    if (this.roster.rollUnderWay) return; // its end looks at the roster again
    if (this.roster.rollWanted) this.#in(this.#failures === 0 ? Math.random() * scatter : backOff(this.#failures));
  }

  /** Schedules a roll, unless one is due earlier. */
  #in(delay: number): void {
    if (!this.#running) return;
    const due = performance.now() + delay;
    if (due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => void this.#call(), delay);
  }

  async #call(): Promise<void> {
    this.#due = Infinity;
    const ticket = this.roster.beginRoll();
    try {
      const roll = await this.callRoll();
      if (!this.roster.applyRoll(ticket, roll)) return;
      this.#failures = roll.complete ? 0 : this.#failures + 1;
      this.tried();
    } catch (error) {
      if (!this.roster.failRoll(ticket)) return;
      this.#failures++;
      this.tried(error);
    }
    if (this.#failures > 0) this.#in(backOff(this.#failures));
    else this.noticed();
  }
}
