import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pass, pasted, splitToken, tokenCommand } from './pass.svelte';

const values = new Map<string, string>();
const address = { pathname: '/ui/Maths', search: '?id_user=1', hash: '' };
let shown: string[];

beforeEach(() => {
  values.clear();
  shown = [];
  vi.stubGlobal('sessionStorage', {
    getItem: (name: string) => values.get(name) ?? null,
    setItem: (name: string, value: string) => values.set(name, value),
  });
  vi.stubGlobal('location', address);
  vi.stubGlobal('history', { replaceState: (_: unknown, __: string, url: string) => shown.push(url) });
});
afterEach(() => vi.unstubAllGlobals());

test.each([
  ['', undefined, ''],
  ['#foot', undefined, '#foot'],
  ['#token=a.b-c_d', 'a.b-c_d', ''],
  ['#x=1&token=abc&y=2', 'abc', '#x=1&y=2'],
  ['#token=', '', ''],
  ['#token=%20', '', ''],
])('the fragment %s brings the token %j and leaves "%s"', (hash, token, rest) => {
  expect(splitToken(hash)).toEqual({ token, rest });
});

test('the token of the address is kept for this tab, and in the address no more', () => {
  address.hash = '#token=a.b.c';
  const pass = new Pass();
  expect(pass.take()).toBe(true);
  expect(pass.token).toBe('a.b.c');
  expect(shown).toEqual(['/ui/Maths?id_user=1']);
  address.hash = '';
  const reloaded = new Pass();
  expect(reloaded.take()).toBe(false);
  expect(reloaded.token).toBe('a.b.c');
});

test('an address that brings nothing takes nothing away', () => {
  new Pass().show('a.b.c');
  address.hash = '#token=';
  const pass = new Pass();
  expect(pass.take()).toBe(true);
  expect(pass.token).toBe('a.b.c');
});

test('without storage a token lasts as long as the page', () => {
  vi.stubGlobal('sessionStorage', undefined);
  const pass = new Pass();
  expect(pass.token).toBe('');
  pass.show('a.b.c');
  expect(pass.token).toBe('a.b.c');
});

test.each([' a.b.c\n', 'https://localhost:5009/ui/Maths#token=a.b.c', 'Bearer a.b.c', 'authorization: bearer a.b.c'])(
  'what is pasted as %j is a token',
  (text) => {
    expect(pasted(text)).toBe('a.b.c');
  },
);

test.each([
  ['Maths', undefined, 'rollcall token --sub 1 --room Maths'],
  ['a b', 'ann@example.com', "rollcall token --sub ann@example.com --room 'a b'"],
  ["it's", "o'neil", "rollcall token --sub 'o'\\''neil' --room 'it'\\''s'"],
  ['a=b', undefined, 'rollcall token --sub 1'],
  ['*', undefined, 'rollcall token --sub 1'],
  ['', undefined, 'rollcall token --sub 1'],
])('a token for the room %j and the user %j is made by %s', (room, idUser, want) => {
  expect(tokenCommand(room, idUser)).toBe(want);
});
