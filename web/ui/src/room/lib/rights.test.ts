import { expect, test } from 'vitest';
import { can, cannot } from './rights';

test.each([
  ['jwl', 'join, write and see who is here', ''],
  ['jwld', 'join, write, see who is here and disconnect others', ''],
  ['jl', 'join and see who is here', 'not write'],
  ['j', 'join', 'not write, not see who is here'],
  ['', 'nothing', 'not join, not write, not see who is here'],
])('the rights %j let one %s, and %s', (rights, may, lacks) => {
  expect(can(rights)).toBe(may);
  expect(cannot(rights)).toBe(lacks);
});
