import type { Options } from 'uplot';
import type { ChartSpec } from './charts';
import { tidy } from './timescale';
import { clockSeconds } from './words';

/** How uPlot draws a chart. */
export function plot(
  spec: ChartSpec,
  colour: (part: string) => string,
  pointed: (index: number | undefined) => void,
  reach: () => number,
): Options {
  const ink = colour('ink-soft');
  const grid = { stroke: colour('rule'), width: 1 };
  const font = '11px system-ui, sans-serif';
  return {
    width: 300,
    height: 170,
    legend: { show: false },
    cursor: {
      sync: { key: 'rollcall' }, // a moment is pointed at in all charts
      y: false,
      drag: { x: false, y: false },
      points: { size: 7 },
    },
    scales: {
      x: { time: true },
      y: { range: () => [0, reach()] },
    },
    axes: [
      {
        stroke: ink,
        font,
        grid: { show: false },
        ticks: grid,
        space: 70,
        size: 26,
        values: (_, splits) => splits.map((at) => clockSeconds(at * 1_000).slice(0, 5)),
        incrs: [60, 120, 180, 300, 600],
      },
      {
        stroke: ink,
        font,
        grid,
        ticks: { show: false },
        size: 58,
        space: 34,
        values: (_, splits) => splits.map((value) => tidy(spec.format(value))),
      },
    ],
    series: [
      {},
      ...spec.lines.map((line) => {
        const stroke = colour(line.colour);
        return {
          label: line.name,
          stroke,
          width: line.dots ? 0 : 2,
          ...(spec.lines.length === 1 && !line.dots ? { fill: faint(stroke) } : {}),
          points: { show: line.dots === true, size: 5, fill: stroke, stroke },
          spanGaps: false,
        };
      }),
    ],
    hooks: { setCursor: [({ cursor }) => pointed(cursor.idx ?? undefined)] },
  };
}

/** A computed colour, `rgb(15, 98, 83)`, as a wash of itself. */
function faint(colour: string): string {
  return colour.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.10)');
}
