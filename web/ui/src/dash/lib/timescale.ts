import { duration } from './words';

export interface Tick {
  x: number;
  label: string;
}

/** Milliseconds from 0 to `until`, drawn from pixel `left` to pixel `right`. */
export interface TimeScale {
  until: number;
  left: number;
  right: number;
}

/** Where a moment is drawn; what is outside is drawn at the edge. */
export function place(scale: TimeScale, ms: number): number {
  const share = scale.until > 0 ? Math.min(1, Math.max(0, ms / scale.until)) : 0;
  return scale.left + share * (scale.right - scale.left);
}

/** Round moments at least `apart` pixels from each other, from 0 on. */
export function ticks(scale: TimeScale, apart = 96): Tick[] {
  const most = Math.max(1, Math.floor((scale.right - scale.left) / apart));
  const step = roundUp(scale.until / most);
  const out: Tick[] = [];
  for (let i = 0; i * step <= scale.until * 1.000_001 && i <= most; i++) {
    out.push({ x: place(scale, i * step), label: tidy(duration(i * step)) });
  }
  return out;
}

/** The least of 1, 2 and 5 by a power of ten that is not below n. */
function roundUp(n: number): number {
  if (!(n > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(n));
  const digit = [1, 2, 5, 10].find((each) => each * power >= n * 0.999_999) ?? 10;
  return digit * power;
}

/** A duration on an axis: `0.20 ms` is `0.2 ms`, and nothing is `0`. */
export function tidy(text: string): string {
  if (/^0\.?0* /.test(text)) return '0';
  return text.replace(/(\.\d*?)0+ /, '$1 ').replace('. ', ' ');
}
