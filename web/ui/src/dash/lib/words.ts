import type { Outcome } from './kinds';
import type { NodeStatus, Span } from '../wire';

/** The tone of a thing, which gives its colour; there is a word beside it always. */
export type Tone = 'live' | 'slow' | 'wait' | 'stop' | 'quiet';

export const outcomeTones: Record<Outcome, Tone> = { ok: 'live', slow: 'slow', incomplete: 'wait', failed: 'stop' };

export const statusTones: Record<NodeStatus, Tone> = { up: 'live', suspect: 'wait', draining: 'slow', gone: 'stop' };

/** `0.42 ms`, `12.3 ms`, `250 ms`, `1.25 s`: three digits, so that columns are even. */
export function duration(ms: number): string {
  const size = Math.abs(ms);
  if (size < 9.995) return `${ms.toFixed(2)} ms`;
  if (size < 99.95) return `${ms.toFixed(1)} ms`;
  if (size < 999.5) return `${ms.toFixed(0)} ms`;
  return `${(ms / 1_000).toFixed(size < 9_995 ? 2 : 1)} s`;
}

/** A duration that may not be known. */
export function durationOr(ms: number | null | undefined, otherwise = '–'): string {
  return ms === null || ms === undefined ? otherwise : duration(ms);
}

/** How long: `4 s`, `3 min`, `5 h`, `2 d`. Less than nothing, as of a clock that is ahead, is `0 s`. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (Number.isNaN(seconds)) return '–';
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** How long it is since an RFC 3339 time. */
export function ageOf(time: string | null | undefined, now: number): string {
  return time ? age(now - Date.parse(time)) : '–';
}

const clocks = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});

/** The time of day of a Unix time in milliseconds: `12:03:05.123`. */
export function clock(ms: number): string {
  return Number.isFinite(ms) ? clocks.format(ms) : '–';
}

/** The time of day without the fraction of the second. */
export function clockSeconds(ms: number): string {
  return clock(ms).replace(/\.\d+$/, '');
}

const few = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const many = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** A number of anything: `0.25`, `12`, `1,234`, `12.3K`. */
export function number(n: number): string {
  if (Math.abs(n) >= 10_000) return many.format(n);
  return Math.abs(n) < 100 ? few.format(n) : Math.round(n).toLocaleString('en');
}

/** How many per second. */
export function rate(perSecond: number): string {
  return `${number(perSecond)}/s`;
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `512 B`, `1.5 KiB`. */
export function bytes(n: number): string {
  let unit = 0;
  while (n >= 1_024 && unit < units.length - 1) {
    n /= 1_024;
    unit++;
  }
  return `${few.format(n < 100 ? n : Math.round(n))} ${units[unit]}`;
}

/** The share of traces that are kept. */
export function tracingWord(rate: number | null): string {
  if (rate === null) return 'tracing is off';
  if (rate >= 1) return 'every request is traced';
  if (rate <= 0) return 'only slow, incomplete and failed requests are traced';
  return `${few.format(rate * 100)} % of requests are traced`;
}

/** Who works in a span: `roster Maths`, `node`; for one that waits for a node, `→ node-3`. */
export function toWhom(span: Pick<Span, 'actor' | 'identity' | 'peer'>): string {
  return span.peer ? `→ ${span.peer}` : actorOf(span);
}

/** The actor of a span: `roster Maths`, `node`. */
export function actorOf({ actor, identity }: Pick<Span, 'actor' | 'identity'>): string {
  return identity === '' || identity === actor ? actor : `${actor} ${identity}`;
}

/** Any value of a span's or a log line's fields as text. */
export function fieldText(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value) ?? '';
}

/** How long a duration looks beside others, 0 to 1: a step for each power of ten from 0.1 ms to 1 s. */
export function weight(ms: number): number {
  return Math.min(1, Math.max(0, (Math.log10(Math.max(ms, 0.1)) + 1) / 4));
}
