/** An answer that is asked for again and again while it is shown. The last one stays until there is another. */
export class Polled<T> {
  answer = $state.raw<T>();
  /** Why the last question was not answered; empty if it was. */
  fault = $state('');

  #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly ask: (signal: AbortSignal) => Promise<T>,
    private readonly every: number,
    /** What is shown until the first answer. */
    before?: T,
  ) {
    this.answer = before;
    void this.again();
  }

  close(): void {
    this.#controller.abort();
    clearTimeout(this.#timer);
  }

  async again(): Promise<void> {
    clearTimeout(this.#timer);
    const { signal } = this.#controller;
    try {
      const answer = await this.ask(signal);
      if (signal.aborted) return;
      this.answer = answer;
      this.fault = '';
    } catch (error) {
      if (signal.aborted) return;
      this.fault = error instanceof Error ? error.message : String(error);
    }
    this.#timer = setTimeout(() => void this.again(), this.every);
  }
}
