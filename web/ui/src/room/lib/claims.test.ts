import { expect, test } from 'vitest';
import { readClaims, rightsIn } from './claims';

/** A token with this payload, whose signature nobody looks at. */
function token(payload: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(payload));
  const text = btoa(String.fromCharCode(...bytes));
  return `e30.${text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}.c2ln`;
}

const nothing = { user: undefined, expires: undefined, rooms: undefined };

test.each([
  [
    { sub: 'ann', exp: 1_800_000_000, rooms: { '*': 'jl' } },
    { user: 'ann', expires: 1.8e12, rooms: { '*': 'jl' } },
  ],
  [{ sub: '日本 ÿ?>' }, { ...nothing, user: '日本 ÿ?>' }],
  [{ sub: 7 }, { ...nothing, user: '7' }],
  [{ sub: '', exp: 'soon', rooms: 'all' }, nothing],
  [{ sub: 7.5, rooms: null }, nothing],
  [[], nothing],
  ['text', nothing],
  [null, nothing],
])('the claims %j read as such', (payload, want) => {
  expect(readClaims(token(payload))).toEqual(want);
});

test.each(['', 'x', 'a.b.c', 'a.%.c', 'e30.e30', '..'])('of %j nothing is known', (text) => {
  expect(readClaims(text)).toEqual(nothing);
});

test.each([
  [undefined, 'Maths', undefined],
  [{}, 'Maths', ''],
  [{ Maths: 'ljw' }, 'Maths', 'jwl'],
  [{ Maths: 'jwl' }, 'maths', ''],
  [{ 'team-*': 'jl', 'team-7': 'd', lobby: 'w' }, 'team-7', 'jld'],
  [{ '*': 'j' }, '', 'j'],
  [{ 'a*a': 'j' }, 'a', ''],
  [{ 'a*b*a': 'j' }, 'a-b-a', 'j'],
  [{ 'a*b*a': 'j' }, 'a-a', ''],
  [{ '*.*': 'j' }, 'axb', ''],
  [{ '*': 7 }, 'Maths', ''],
])('of the rooms %j, %j is given %j', (rooms, room, want) => {
  expect(rightsIn(readClaims(token(rooms === undefined ? {} : { rooms })), room)).toBe(want);
});
