import { describe, expect, it } from 'vitest';
import { countWaiting, mergeTraces, remembered } from './recent';
import { summary } from './trace.fixture';

const ids = (list: readonly { trace_id: string }[]): string => list.map(({ trace_id }) => trace_id).join(' ');

describe('recent traces', () => {
  it('are each there once, the newest first, whatever order they come in', () => {
    const have = mergeTraces([], [summary('b', 2), summary('d', 4)]);
    expect(ids(mergeTraces(have, [summary('a', 1), summary('c', 3), summary('d', 4)]))).toBe('d c b a');
  });

  it('are as they were told last', () => {
    const [trace] = mergeTraces([summary('a', 1)], [summary('a', 1, { outcome: 'slow' })]);
    expect(trace?.outcome).toBe('slow');
  });

  it('stay the same list when nothing comes', () => {
    const have = [summary('a', 1)];
    expect(mergeTraces(have, [])).toBe(have);
  });

  it('are forgotten when there are too many, the oldest first', () => {
    const many = Array.from({ length: remembered }, (_, i) => summary(`t${i}`, i));
    const list = mergeTraces(many, [summary('new', remembered)]);
    expect(list).toHaveLength(remembered);
    expect(list[0]?.trace_id).toBe('new');
    expect(list.at(-1)?.trace_id).toBe('t1');
  });

  it('that begin together keep their order', () => {
    expect(ids(mergeTraces([summary('b', 1)], [summary('a', 1)]))).toBe('a b');
  });
});

it('counts what waits while the list is paused, not what was only told again', () => {
  const frozen = [summary('b', 2), summary('a', 1)];
  expect(countWaiting(frozen, [summary('c', 3), summary('b', 2)])).toBe(1);
  expect(countWaiting(frozen, frozen)).toBe(0);
});
