import { expect, it } from 'vitest';
import { charts, reach } from './charts';
import { aggregate } from './samples';
import { sample } from './trace.fixture';

it('leaves a little room above the largest value, and shows a quiet cluster as quiet', () => {
  const sockets = charts.find(({ id }) => id === 'sockets');
  if (sockets === undefined) throw new Error('no chart of the sockets');
  expect(reach(sockets, aggregate([sample('a', 0, { sockets: 100 })], ''))).toBeCloseTo(110);
  expect(reach(sockets, aggregate([sample('a', 0, { sockets: 0 })], ''))).toBe(sockets.least);
  expect(reach(sockets, aggregate([], ''))).toBe(sockets.least);
});

it('has a chart of everything that is sampled for one', () => {
  expect(charts.flatMap(({ lines }) => lines.map(({ of }) => of)).sort()).toEqual(
    ['deadLetters', 'incomplete', 'lag', 'p50', 'p99', 'rolls', 'sockets'].sort(),
  );
});
