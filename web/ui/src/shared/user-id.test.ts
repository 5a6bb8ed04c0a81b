import { expect, test } from 'vitest';
import { compareNames, isUserId } from './user-id';

test.each([
  'foo',
  '7',
  '007',
  '+7',
  '-1',
  ' ',
  ' a ',
  '0',
  '1e3',
  'ann@example.com',
  'auth0|5f7c',
  '日本',
  '🦊',
  '..',
  'a,b',
  'a/b?c#d&e=%25',
  '98765432109876543210',
  '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
  'x'.repeat(255),
  '日'.repeat(85),
  '\u200b',
])('%j is an id', (id) => {
  expect(isUserId(id)).toBe(true);
});

test.each([
  '',
  'x'.repeat(256),
  '日'.repeat(86),
  'a\0',
  'a\nb',
  '\u007f',
  '\u0085',
  '\ud800',
  7,
  null,
  undefined,
  {},
  ['7'],
])('%j is none', (value) => {
  expect(isUserId(value)).toBe(false);
});

test('people are in the order of their names, those of one name of their ids as text', () => {
  const people = [
    ['Zoë', '2'],
    ['Émile', '10'],
    [undefined, '1'],
    ['Émile', '9'],
    ['Émile', '007'],
    ['Frank', 'b'],
  ] as const;
  const sorted = people.map(([name, idUser]) => ({ name, idUser })).sort(compareNames);
  expect(sorted.map(({ idUser }) => idUser)).toEqual(['007', '10', '9', 'b', '2', '1']);
});
