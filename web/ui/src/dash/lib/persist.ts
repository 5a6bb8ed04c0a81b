/** How often, and for how long, to try, in milliseconds. */
export interface Patience {
  every: number;
  for: number;
}

/**
 * Tries until it works, an error is final, or patience ends: then it throws that
 * error. Ends at once when the signal is aborted, with the signal's reason.
 */
export async function persist<T>(
  attempt: () => Promise<T>,
  passing: (error: unknown) => boolean,
  patience: Patience,
  signal: AbortSignal,
): Promise<T> {
  const start = performance.now();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (!passing(error) || performance.now() - start + patience.every > patience.for) throw error;
    }
    await pause(patience.every, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}
