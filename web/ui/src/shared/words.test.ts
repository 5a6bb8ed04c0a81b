import { expect, test } from 'vitest';
import { ago, count, hue, initials, list, milliseconds, moment, some, until } from './words';

test.each([
  [0, '0 people'],
  [1, '1 person'],
  [2, '2 people'],
  [1200, '1,200 people'],
])('%i reads %s', (n, words) => {
  expect(count(n, 'person', 'people')).toBe(words);
});

const now = Date.parse('2026-11-24T12:00:00Z');
test.each([
  ['2026-11-24T11:59:30.123456Z', 'just now'],
  ['2026-11-24T12:05:00Z', 'just now'],
  ['2026-11-24T11:55:00Z', '5 min'],
  ['2026-11-24T09:00:00Z', '3 h'],
  ['2026-11-20T12:00:00Z', '4 d'],
  ['soon', ''],
])('%s was %j ago', (since, words) => {
  expect(ago(since, now)).toBe(words);
});

test.each([
  [0.42, '0.4 ms'],
  [250.4, '250 ms'],
])('%d reads %s', (ms, words) => {
  expect(milliseconds(ms)).toBe(words);
});

test.each([
  ['Mary', 'M'],
  ['mary ann smith', 'MS'],
  ['😀 ok', '😀O'],
  ['', ''],
])('the badge of %j is %j', (name, badge) => {
  expect(initials(name)).toBe(badge);
});

test('nodes are listed as one says them', () => {
  expect(list(['node-1'])).toBe('node-1');
  expect(list(['node-1', 'node-2', 'node-3'])).toBe('node-1, node-2 and node-3');
});

test('a moment that is none has no words', () => {
  expect(moment('2026-11-24T12:00:00Z')).toContain('2026');
  expect(moment('soon')).toBe('');
});

test.each([
  [10_000, 'in 10 s'],
  [2_001, 'in 3 s'],
  [200, 'in 1 s'],
  [0, 'in 1 s'],
  [-500, 'in 1 s'],
])('what is due after %d ms comes %s', (due, words) => {
  expect(until(due, 0)).toBe(words);
});

test.each([
  [['Mary'], 'Mary'],
  [['Mary', 'Mike', 'Sonia'], 'Mary, Mike and Sonia'],
  [['Mary', 'Mike', 'Sonia', 'Rowan'], 'Mary, Mike and 2 more'],
])('some of %j are named', (names, words) => {
  expect(some(names)).toBe(words);
});

test('neighbours have badges of different colours', () => {
  for (let id = 1; id < 2_000; id++) {
    expect(hue(`${id}`)).toBeOneOf([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(hue(`${id}`)).not.toBe(hue(`${id + 1}`));
  }
});

test.each(['foo', '007', 'ann@example.com', 'auth0|5f7c', '日本', '🦊', '98765432109876543210', 'x'.repeat(255)])(
  'the badge of %j has one of the ten colours',
  (id) => {
    expect(hue(id)).toBeOneOf([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  },
);
