/** How the traffic between the tiles is drawn: an arc below the row for each pair of nodes. */
import type { Traffic } from '../wire';

export interface Arc {
  a: string;
  b: string;
  /** Messages per second from a to b, and from b to a. */
  there: number;
  back: number;
  path: string;
  /** The stroke's width in pixels. */
  width: number;
  /** The lowest point of the arc. */
  bottom: { x: number; y: number };
}

/** The thinnest and the thickest line, in pixels. */
const thin = 1;
const thick = 9;

/**
 * The arcs between nodes whose middles are at x, within a height. The thickness
 * follows the root of the messages per second, so that the quiet are seen beside
 * the busy. The thickest is the
 * busiest pair, or 100 per second if all are calmer.
 */
export function arcs(traffic: readonly Traffic[], x: ReadonlyMap<string, number>, height: number): Arc[] {
  const pairs = new Map<string, Arc>();
  for (const { from, to, messages_per_s: perSecond } of traffic) {
    if (from === to || !x.has(from) || !x.has(to)) continue;
    const forward = (x.get(from) ?? 0) < (x.get(to) ?? 0);
    const [a, b] = forward ? [from, to] : [to, from];
    const key = JSON.stringify([a, b]);
    const pair = pairs.get(key) ?? { a, b, there: 0, back: 0, path: '', width: 0, bottom: { x: 0, y: 0 } };
    pair[forward ? 'there' : 'back'] += perSecond;
    pairs.set(key, pair);
  }
  const all = [...pairs.values()].filter(({ there, back }) => there + back > 0);
  const busiest = Math.max(100, ...all.map(({ there, back }) => there + back));
  const widest = Math.max(1, ...all.map(({ a, b }) => (x.get(b) ?? 0) - (x.get(a) ?? 0)));
  for (const arc of all) {
    const [left, right] = [x.get(arc.a) ?? 0, x.get(arc.b) ?? 0];
    const depth = (height - thick / 2 - 1) * (0.35 + 0.65 * ((right - left) / widest));
    // A cubic with both handles at the same depth reaches three quarters of it.
    const handle = (depth * 4) / 3;
    arc.width = thin + (thick - thin) * Math.sqrt((arc.there + arc.back) / busiest);
    arc.path = `M${round(left)} 0C${round(left)} ${round(handle)} ${round(right)} ${round(handle)} ${round(right)} 0`;
    arc.bottom = { x: (left + right) / 2, y: depth };
  }
  // The short ones last, so that they are not covered.
  return all.sort((p, q) => (x.get(q.b) ?? 0) - (x.get(q.a) ?? 0) - ((x.get(p.b) ?? 0) - (x.get(p.a) ?? 0)));
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
