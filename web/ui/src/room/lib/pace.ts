/** How long a first retry waits, and the longest wait, in milliseconds. */
const first = 500;
const longest = 10_000;

/**
 * The wait before another try after so many failures in a row, in milliseconds:
 * doubling, bounded, and scattered so that a thousand pages that failed together
 * do not try together.
 */
export function backOff(failures: number, random = Math.random): number {
  const wait = Math.min(longest, first * 2 ** Math.max(0, failures - 1));
  return wait * (0.75 + random() / 2);
}
