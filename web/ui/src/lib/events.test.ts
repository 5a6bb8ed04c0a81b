import { describe, expect, test } from 'vitest';
import { readHandshake, readIdentityChange, readPresence, userId } from './events';

test('a handshake names the node and the place in the sequence', () => {
  expect(readHandshake({ procid: 'node-2', epoch: 5, seq: 9 })).toEqual({ node: 'node-2', mark: { epoch: 5, seq: 9 } });
});

test('a handshake without anything is still a handshake', () => {
  expect(readHandshake(undefined)).toEqual({ node: '', mark: {} });
});

test('a presence event names the socket, its user and its place', () => {
  expect(readPresence('a', { id_user: 3, node: 'node-2', since: 'then', epoch: 5, seq: 9 })).toEqual({
    idSocket: 'a',
    idUser: 3,
    place: { node: 'node-2', since: 'then' },
    mark: { epoch: 5, seq: 9 },
  });
});

test('a presence event may be unnumbered', () => {
  expect(readPresence('a', { id_user: '3' })).toEqual({
    idSocket: 'a',
    idUser: 3,
    place: {},
    mark: {},
  });
});

test('a departure needs no user', () => {
  expect(readPresence('a', undefined)?.idUser).toBeUndefined();
});

test.each([[undefined], [7], [''], [null], [{}]])('%j is no socket id', (id) => {
  expect(readPresence(id, { id_user: 1 })).toBeUndefined();
});

describe('an identity change', () => {
  test.each([
    [{ id_user: 2, version: 8 }, { idUser: 2, version: 8 }],
    [{ id_user: 2 }, { idUser: 2, version: undefined }],
    [{ version: 8 }, undefined],
    ['2', undefined],
    [null, undefined],
  ])('%j reads as %j', (payload, change) => {
    expect(readIdentityChange(payload)).toEqual(change);
  });
});

test.each([
  [1, 1],
  ['42', 42],
  ['007', 7],
  [-1, undefined],
  [1.5, undefined],
  [NaN, undefined],
  ['1e3', undefined],
  ['', undefined],
  [true, undefined],
])('the user id %j reads as %j', (value, id) => {
  expect(userId(value)).toBe(id);
});
