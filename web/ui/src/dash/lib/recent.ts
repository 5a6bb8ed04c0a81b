import type { Summary } from '../wire';

/** How many traces the page remembers. */
export const remembered = 1_000;

/** Both lists as one: each trace once, as it was told last; the newest first; no more than are remembered. */
export function mergeTraces(have: readonly Summary[], more: readonly Summary[]): Summary[] {
  if (more.length === 0) return have as Summary[];
  const byId = new Map(have.map((trace) => [trace.trace_id, trace]));
  for (const trace of more) byId.set(trace.trace_id, trace);
  return [...byId.values()].sort(newestFirst).slice(0, remembered);
}

/** How many of `now` are not in `frozen`: what waits while the list is paused. */
export function countWaiting(frozen: readonly Summary[], now: readonly Summary[]): number {
  const seen = new Set(frozen.map(({ trace_id }) => trace_id));
  return now.reduce((n, { trace_id }) => (seen.has(trace_id) ? n : n + 1), 0);
}

function newestFirst(a: Summary, b: Summary): number {
  return b.start_ms - a.start_ms || (a.trace_id < b.trace_id ? -1 : 1);
}
