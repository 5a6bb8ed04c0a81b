import { expect, test } from 'vitest';
import { splitToken } from './token';

test.each([
  ['', '', ''],
  ['?trace=1', '', '?trace=1'],
  ['?token=abc', 'abc', ''],
  ['?token=a%2Bb%3D', 'a+b=', ''],
  ['?trace=1&token=abc&node=node-1', 'abc', '?trace=1&node=node-1'],
  ['?token=', '', ''],
  ['?token', '', ''],
  ['?token=%20', '', ''],
  ['?token=abc&token=def', 'abc', ''],
])('the query %s brings the token "%s" and leaves "%s"', (search, token, rest) => {
  expect(splitToken(search)).toEqual({ token, rest });
});
