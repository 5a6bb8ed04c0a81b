import { expect, test } from 'vitest';
import { findByName } from './find';
import type { Person } from './people';

const people: Person[] = ['Émile Zola', 'Mary', 'Mary Ann', undefined].map((name, i) => ({
  idUser: String(i + 1),
  name,
  isMe: false,
  sockets: [],
}));

test.each([
  ['', ['1', '2', '3', '4']],
  ['  ', ['1', '2', '3', '4']],
  ['mary', ['2', '3']],
  ['ann mar', ['3']],
  ['emile', ['1']],
  ['ÉMILE', ['1']],
  ['zola é', ['1']],
  ['user 4', ['4']],
  ['nobody', []],
])('%j finds %j', (words, want) => {
  expect(findByName(people, words).map(({ idUser }) => idUser)).toEqual(want);
});

test('without words it is the same list', () => {
  expect(findByName(people, ' ')).toBe(people);
});
