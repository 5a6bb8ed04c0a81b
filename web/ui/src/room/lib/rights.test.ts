import { expect, test } from 'vitest';
import { can, cannot } from './rights';

test.each([
  ['jwl', 'join, write and list', ''],
  ['jwld', 'join, write, list and disconnect others', ''],
  ['jl', 'join and list', 'not write'],
  ['j', 'join', 'not write, not list'],
  ['', 'nothing', 'not join, not write, not list'],
])('the rights %j let one %s, and %s', (rights, may, lacks) => {
  expect(can(rights)).toBe(may);
  expect(cannot(rights)).toBe(lacks);
});
