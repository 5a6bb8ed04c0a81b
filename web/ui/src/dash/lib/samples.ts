import type { Sample } from '../wire';

/** What the charts show, in milliseconds. */
export const span = 15 * 60_000;

/** The distance of two samples of a node, in milliseconds. */
export const step = 5_000;

/** Both lists as one: each sample once, by time, nothing older than the charts are long. */
export function mergeSamples(have: readonly Sample[], more: readonly Sample[]): Sample[] {
  if (more.length === 0) return have as Sample[];
  const byKey = new Map<string, Sample>();
  for (const sample of [...have, ...more]) byKey.set(`${sample.node} ${sample.at_ms}`, sample);
  const all = [...byKey.values()].sort((a, b) => a.at_ms - b.at_ms);
  const newest = all.at(-1)?.at_ms ?? 0;
  return all.filter(({ at_ms }) => at_ms > newest - span);
}

/** The nodes' samples as one, by time. Where nothing is known there is null. */
export interface Series {
  /** Unix time in seconds, as uPlot takes it. */
  at: number[];
  sockets: (number | null)[];
  rolls: (number | null)[];
  /** Of a roll in the middle, by how many rolls each node called. */
  p50: (number | null)[];
  /** Of the slowest node. */
  p99: (number | null)[];
  incomplete: (number | null)[];
  lag: (number | null)[];
  deadLetters: (number | null)[];
}

/**
 * Adds the samples of all nodes up, or takes those of one.
 *
 * Nodes do not sample at the same moment, so their samples are put into steps. A
 * node that has none in a step counts with that of the step before: otherwise
 * the last step, which some have not reached, would look like a loss. The first
 * step is left out if some have none in it.
 */
export function aggregate(samples: readonly Sample[], node: string): Series {
  const series: Series = { at: [], sockets: [], rolls: [], p50: [], p99: [], incomplete: [], lag: [], deadLetters: [] };
  const steps = new Map<number, Map<string, Sample>>();
  for (const sample of samples) {
    if (node !== '' && sample.node !== node) continue;
    const at = Math.floor(sample.at_ms / step);
    let nodes = steps.get(at);
    if (nodes === undefined) steps.set(at, (nodes = new Map()));
    nodes.set(sample.node, sample);
  }
  if (steps.size === 0) return series;

  let first = Math.min(...steps.keys());
  if ((steps.get(first)?.size ?? 0) < (steps.get(first + 1)?.size ?? 0)) first++;
  const last = Math.max(...steps.keys());
  for (let at = first; at <= last; at++) {
    const now = new Map([...(steps.get(at - 1) ?? []), ...(steps.get(at) ?? [])]);
    append(series, (at * step) / 1_000, [...now.values()]);
  }
  return series;
}

function append(series: Series, at: number, samples: readonly Sample[]): void {
  const sum = (value: (sample: Sample) => number): number | null =>
    samples.length === 0 ? null : samples.reduce((total, sample) => total + value(sample), 0);
  const worst = (value: (sample: Sample) => number | null): number | null => {
    const known = samples.map(value).filter((each) => each !== null);
    return known.length === 0 ? null : Math.max(...known);
  };
  series.at.push(at);
  series.sockets.push(sum(({ sockets }) => sockets));
  series.rolls.push(sum(({ rolls }) => rolls));
  series.p50.push(middle(samples));
  series.p99.push(worst(({ p99_ms }) => p99_ms));
  series.incomplete.push(sum(({ incomplete }) => incomplete));
  series.lag.push(worst(({ lag_ms }) => lag_ms));
  series.deadLetters.push(sum(({ dead_letters }) => dead_letters));
}

/** The median of the nodes' medians, each as heavy as its rolls are many. */
function middle(samples: readonly Sample[]): number | null {
  const known = samples
    .flatMap(({ p50_ms, rolls }) => (p50_ms === null ? [] : [{ p50: p50_ms, rolls }]))
    .sort((a, b) => a.p50 - b.p50);
  const total = known.reduce((sum, { rolls }) => sum + rolls, 0);
  let below = 0;
  for (const { p50, rolls } of known) {
    below += rolls;
    if (below * 2 >= total) return p50;
  }
  return null;
}
