import { ApiError } from '../../shared/api';
import type { Api } from './api';
import type { Trace } from '../wire';
import { persist } from './persist';

/** A trace may be opened before its last spans are in; and when all is in, no node may have it any more. */
const gathering = { every: 500, for: 2_500 } as const;

/** A trace that was opened: on its way, there, or not to be had. */
export class Opened {
  trace = $state.raw<Trace>();
  /** Why it is not there. gone: no node has it (any more). */
  fault = $state.raw<{ gone: boolean; text: string }>();

  #controller = new AbortController();

  constructor(
    private readonly api: Api,
    readonly id: string,
  ) {
    void this.#read();
  }

  close(): void {
    this.#controller.abort();
  }

  retry(): void {
    this.fault = undefined;
    void this.#read();
  }

  async #read(): Promise<void> {
    const { signal } = this.#controller;
    try {
      const trace = await persist(() => this.api.trace(this.id, signal), isMissing, gathering, signal);
      this.trace = trace;
      if (!isSettled(trace)) await this.#readAgain(signal);
    } catch (error) {
      if (signal.aborted) return;
      this.fault = { gone: isMissing(error), text: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Waits until there is nothing to come, as long as that is worth while, and shows what there is meanwhile. */
  async #readAgain(signal: AbortSignal): Promise<void> {
    const settled = async (): Promise<void> => {
      this.trace = await this.api.trace(this.id, signal);
      if (!isSettled(this.trace)) throw new Unsettled();
    };
    await persist(settled, (error) => error instanceof Unsettled, { every: 500, for: 3_000 }, signal).catch(
      (error: unknown) => {
        if (!(error instanceof Unsettled)) throw error;
      },
    );
  }
}

class Unsettled extends Error {}

/** Whether all spans have ended, and all nodes handed theirs over but those that were silent all along. */
function isSettled(trace: Trace): boolean {
  return (
    trace.spans.every(({ ended_ms }) => ended_ms !== null) && trace.silent.every((node) => trace.missing.includes(node))
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}
