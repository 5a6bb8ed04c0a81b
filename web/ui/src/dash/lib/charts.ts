import type { Series } from './samples';
import { duration, number, rate } from './words';

/** A line of a chart. */
export interface Line {
  name: string;
  of: keyof Omit<Series, 'at'>;
  /** The token of its colour. */
  colour: 'line-1' | 'line-2' | 'line-3';
  /** Drawn as dots, as there is not a value for each step. */
  dots?: boolean;
}

export interface ChartSpec {
  id: string;
  title: string;
  /** What one has to know to read it. */
  note: string;
  lines: readonly Line[];
  format: (value: number) => string;
  /** The least that the axis reaches to, so that a quiet cluster looks quiet. */
  least: number;
}

const sum = (one: string): string => `${one}, all nodes together`;

/** The charts of the dashboard, in their order. */
export const charts: readonly ChartSpec[] = [
  {
    id: 'sockets',
    title: 'Sockets',
    note: sum('connected'),
    lines: [{ name: 'sockets', of: 'sockets', colour: 'line-1' }],
    format: number,
    least: 4,
  },
  {
    id: 'rolls',
    title: 'Rolls',
    note: sum('called per second'),
    lines: [{ name: 'rolls', of: 'rolls', colour: 'line-1' }],
    format: rate,
    least: 1,
  },
  {
    id: 'latency',
    title: 'Time of a roll',
    note: 'in the middle (p50), and the slowest of a hundred on the slowest node (p99)',
    lines: [
      { name: 'p50', of: 'p50', colour: 'line-1' },
      { name: 'p99', of: 'p99', colour: 'line-2' },
    ],
    format: duration,
    least: 1,
  },
  {
    id: 'incomplete',
    title: 'Incomplete rolls',
    note: sum('per second'),
    lines: [{ name: 'incomplete', of: 'incomplete', colour: 'line-2' }],
    format: rate,
    least: 1,
  },
  {
    id: 'lag',
    title: 'Identity lag',
    note: 'from the change of a name to its last roster, at worst',
    lines: [{ name: 'lag', of: 'lag', colour: 'line-3', dots: true }],
    format: duration,
    least: 10,
  },
  {
    id: 'dead-letters',
    title: 'Dead letters',
    note: 'messages to actors that are no more, per second',
    lines: [{ name: 'dead letters', of: 'deadLetters', colour: 'line-2' }],
    format: rate,
    least: 1,
  },
];

/** The upper end of an axis for these values: a little above the largest. */
export function reach(spec: ChartSpec, series: Series): number {
  const largest = Math.max(0, ...spec.lines.flatMap(({ of }) => series[of]).map((value) => value ?? 0));
  return Math.max(spec.least, largest * 1.1);
}
