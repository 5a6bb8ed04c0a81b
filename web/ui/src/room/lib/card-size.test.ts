import { expect, test } from 'vitest';
import { cardHeight, cardSize, devicesAtOnce } from './card-size';

const { closed, padding, fact, factsGap, device, more } = cardSize;

test.each([
  ['closed', 3, 0, closed],
  ['open', 3, devicesAtOnce, closed + padding + 3 * device],
  ['open, with just as many as fit', 10, 10, closed + padding + 10 * device],
  ['open, with more to show', 11, 10, closed + padding + 10 * device + more],
  ['opened further', 200, 20, closed + padding + 20 * device + more],
])('a card that is %s', (_, devices, shown, height) => {
  expect(cardHeight(devices, shown)).toBe(height);
});

test('a profile takes room in a card that is open', () => {
  expect(cardHeight(1, devicesAtOnce, 3)).toBe(closed + padding + 3 * fact + factsGap + device);
  expect(cardHeight(1, 0, 3)).toBe(closed);
});
