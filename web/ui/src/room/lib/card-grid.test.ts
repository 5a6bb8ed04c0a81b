import { expect, test } from 'vitest';
import { cardsBetween, heightOf, layOut, placeOf } from './card-grid';

const gap = 10;
const even = (n: number) => Array.from({ length: n }, () => 50);

test.each([
  [200, 1, 200],
  [409, 1, 409],
  [410, 2, 200],
  [620, 3, 200],
  [100, 1, 100],
])('in %d pixels there are %d columns of %d', (width, columns, of) => {
  expect(layOut(even(5), width, 200, gap)).toMatchObject({ columns, width: of });
});

test('a row is as high as its highest card', () => {
  const grid = layOut([50, 120, 50, 50, 50], 410, 200, gap);
  expect(grid.tops).toEqual([0, 130, 190, 240]);
  expect(heightOf(grid)).toBe(240);
  expect(placeOf(grid, 3, gap)).toEqual({ left: 210, top: 130 });
});

test('nobody takes no place', () => {
  const grid = layOut([], 410, 200, gap);
  expect(heightOf(grid)).toBe(0);
  expect(cardsBetween(grid, 0, 1000, 0)).toEqual({ first: 0, last: 0 });
});

test.each([
  [0, 100, 0, 4],
  [0, 60, 0, 2],
  [60, 120, 2, 4],
  [115, 120, 2, 4],
  [120, 121, 4, 6],
  [-500, 0, 0, 0],
  [59_000, 60_000, 1966, 2000],
  [70_000, 80_000, 2000, 2000],
])('between %d and %d are the cards from %d up to %d of 2,000', (from, to, first, last) => {
  expect(cardsBetween(layOut(even(2000), 410, 200, gap), from, to, 2000)).toEqual({ first, last });
});

test('the last row may be short', () => {
  expect(cardsBetween(layOut(even(5), 410, 200, gap), 0, 1000, 5)).toEqual({ first: 0, last: 5 });
});
