import { describe, expect, it } from 'vitest';
import { aggregate, mergeSamples, span } from './samples';
import { sample } from './trace.fixture';

describe('merging samples', () => {
  it('has each once, by time', () => {
    const all = mergeSamples([sample('a', 5_000)], [sample('b', 1_000), sample('a', 5_000, { sockets: 9 })]);
    expect(all.map(({ node, at_ms, sockets }) => [node, at_ms, sockets])).toEqual([
      ['b', 1_000, 1],
      ['a', 5_000, 9],
    ]);
  });

  it('forgets what is older than the charts are long', () => {
    expect(mergeSamples([sample('a', 0)], [sample('a', span)])).toHaveLength(1);
    expect(mergeSamples([sample('a', 1)], [sample('a', span)])).toHaveLength(2);
  });
});

describe('adding the nodes up', () => {
  const two = [
    sample('a', 5_100, { sockets: 3, rolls: 10, p50_ms: 1, p99_ms: 5, lag_ms: null }),
    sample('b', 9_900, { sockets: 4, rolls: 30, p50_ms: 2, p99_ms: 3, lag_ms: 7 }),
  ];

  it('sums what is counted, and takes the worst of what is slow', () => {
    expect(aggregate(two, '')).toEqual({
      at: [5],
      sockets: [7],
      rolls: [40],
      p50: [2],
      p99: [5],
      incomplete: [0],
      lag: [7],
      deadLetters: [0],
    });
  });

  it('takes one node alone if asked to', () => {
    expect(aggregate(two, 'a')).toMatchObject({ sockets: [3], rolls: [10], p50: [1], p99: [5], lag: [null] });
    expect(aggregate(two, 'nobody').at).toEqual([]);
  });

  it('counts a node that is late with its sample as it was just before, and then no more', () => {
    const series = aggregate([...two, sample('a', 10_100, { sockets: 3 }), sample('a', 15_100, { sockets: 3 })], '');
    expect(series.sockets).toEqual([7, 7, 3]);
  });

  it('leaves a gap where nobody sampled', () => {
    const series = aggregate([sample('a', 0), sample('a', 20_000)], '');
    expect(series.at).toEqual([0, 5, 10, 15, 20]);
    expect(series.sockets).toEqual([1, 1, null, null, 1]);
  });

  it('leaves out a first step that some have no part in', () => {
    const series = aggregate([sample('a', 0), sample('a', 5_000), sample('b', 5_100)], '');
    expect(series.sockets).toEqual([2]);
  });

  it('has no middle where no roll was called', () => {
    expect(aggregate([sample('a', 0)], '')).toMatchObject({ p50: [null], p99: [null], lag: [null] });
  });
});
