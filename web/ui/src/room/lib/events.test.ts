import { describe, expect, test } from 'vitest';
import {
  readClosing,
  readExpiring,
  readHandshake,
  readIdentityChange,
  readPresence,
  readRefusal,
  readRenewal,
} from './events';

test('a handshake names the node and the place in the sequence', () => {
  expect(readHandshake({ procid: 'node-2', epoch: 5, seq: 9 })).toEqual({ node: 'node-2', mark: { epoch: 5, seq: 9 } });
});

test('a handshake without anything is still a handshake', () => {
  expect(readHandshake(undefined)).toEqual({ node: '', mark: {} });
});

test('a presence event names the socket, its user and its place', () => {
  expect(
    readPresence('a', {
      id_user: 'foo',
      room: 'Maths',
      node: 'node-2',
      since: 'then',
      data: { a: 1 },
      epoch: 5,
      seq: 9,
    }),
  ).toEqual({
    idSocket: 'a',
    idUser: 'foo',
    place: { node: 'node-2', since: 'then' },
    mark: { epoch: 5, seq: 9 },
  });
});

test('a presence event may be unnumbered', () => {
  expect(readPresence('a', { id_user: '3' })).toEqual({
    idSocket: 'a',
    idUser: '3',
    place: {},
    mark: {},
  });
});

test('a departure needs no user', () => {
  expect(readPresence('a', undefined)?.idUser).toBeUndefined();
});

test.each([[undefined], [7], [''], [null], [{}]])('%j is no socket id', (id) => {
  expect(readPresence(id, { id_user: '1' })).toBeUndefined();
});

describe('an identity change', () => {
  test.each([
    [
      { id_user: '2', version: 8, name: 'x' },
      { idUser: '2', version: 8 },
    ],
    [{ id_user: '2' }, { idUser: '2', version: undefined }],
    [{ version: 8 }, undefined],
    ['2', undefined],
    [null, undefined],
  ])('%j reads as %j', (payload, change) => {
    expect(readIdentityChange(payload)).toEqual(change);
  });
});

test.each([
  ['007', '007'],
  ['7', '7'],
  ['auth0|5f7c', 'auth0|5f7c'],
  ['98765432109876543210', '98765432109876543210'],
  ['日本', '日本'],
  [7, undefined],
  // eslint-disable-next-line no-loss-of-precision -- that is what it is about
  [9007199254740993, undefined],
  ['', undefined],
  ['a\nb', undefined],
  ['x'.repeat(256), undefined],
  [true, undefined],
])('the user id %j reads as %j, as text or not at all', (value, id) => {
  expect(readPresence('a', { id_user: value })?.idUser).toBe(id);
  expect(readIdentityChange({ id_user: value })?.idUser).toBe(id);
});

test.each([
  [
    { message: 'There is no user 9.', data: { code: 'unknown_user' } },
    { reason: 'There is no user 9.', code: 'unknown_user' },
  ],
  [
    { message: 'No.', data: { code: 7 } },
    { reason: 'No.', code: '' },
  ],
  [
    { message: 'No.', data: 'unknown_user' },
    { reason: 'No.', code: '' },
  ],
  [{ message: 'No.' }, { reason: 'No.', code: '' }],
])('the refusal %j reads as %j', (error, refusal) => {
  expect(readRefusal(error)).toEqual(refusal);
});

test.each([
  [
    { code: 'token_expired', error: 'Get a new one.' },
    { code: 'token_expired', reason: 'Get a new one.' },
  ],
  [{ code: 'closed' }, { code: 'closed', reason: '' }],
  [{ code: 'draining', error: 'Come back.' }, undefined],
  [{ code: 7 }, undefined],
  ['closed', undefined],
])('of the closing %j one does not come back by oneself for %j', (payload, refusal) => {
  expect(readClosing(payload)).toEqual(refusal);
});

test.each([
  [{ expires: '2026-11-29T12:00:00Z' }, 1_795_953_600_000],
  [{ expires: 'soon' }, undefined],
  [{ expires: 5 }, undefined],
  [null, undefined],
])('%j says that the token expires at %j', (payload, at) => {
  expect(readExpiring(payload)).toBe(at);
});

test.each([
  [
    { ok: true, expires: '2026-11-29T12:00:00Z', left: ['foo', 7] },
    { ok: true, left: ['foo'] },
  ],
  [{ ok: true }, { ok: true, left: [] }],
  [
    { ok: false, error: 'It is of another user.', code: 'other_user' },
    { ok: false, problem: 'It is of another user.' },
  ],
])('the answer %j to a new token reads as %j', (answer, renewal) => {
  expect(readRenewal(answer)).toEqual(renewal);
});

test('an answer to a new token that says nothing is none', () => {
  expect(readRenewal(undefined)).toMatchObject({ ok: false });
});
