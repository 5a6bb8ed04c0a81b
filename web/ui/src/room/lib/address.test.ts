import { describe, expect, test } from 'vitest';
import { readAddress, roomFits, roomPath } from './address';

describe('readAddress', () => {
  test.each([
    ['/ui/Maths', 'Maths'],
    ['/ui/a%2Fb', 'a/b'],
    ['/ui/100%2525', '100%25'],
    ['/ui/%E6%95%B0%E5%AD%A6', '数学'],
    ['/ui/a+b', 'a+b'],
    ['/ui/Maths/', 'Maths'],
    ['/ui/a%2Fb/', 'a/b'],
    ['/ui/', ''],
    ['/', ''],
    ['/ui/%FF', undefined],
    ['/ui/50%', undefined],
  ])('%s names the room %j', (pathname, room) => {
    expect(readAddress({ pathname, search: '' }).room).toBe(room);
  });

  test.each([
    ['?id_user=7', '7'],
    ['?id_user=', undefined],
    ['', undefined],
    ['?id_user=bob', 'bob'],
    ['?id_user=007', '007'],
    ['?id_user=auth0%7C5f7c', 'auth0|5f7c'],
    ['?id_user=ann%40example.com', 'ann@example.com'],
    ['?id_user=%2B7', '+7'],
    ['?id_user=98765432109876543210', '98765432109876543210'],
    ['?id_user=%E6%97%A5%E6%9C%AC', '日本'],
  ])('%j names the user %j', (search, idUser) => {
    expect(readAddress({ pathname: '/ui/foo', search }).idUser).toBe(idUser);
  });
});

test('the root names nothing: it is for choosing', () => {
  expect(readAddress({ pathname: '/', search: '?choose' })).toMatchObject({ choose: true, idUser: undefined });
});

test.each([
  ['', false],
  ['Maths', true],
  ['数'.repeat(85), true],
  ['数'.repeat(86), false],
  ['\ud800', false],
])('%j may be a room: %j', (room, fits) => {
  expect(roomFits(room)).toBe(fits);
});

test.each(['Maths', 'a/b', '100%25', '数学', '?#', ' '])('the path of %j leads back to it', (room) => {
  const url = new URL(roomPath(room, '3'), 'http://localhost');
  expect(readAddress(url)).toEqual({ choose: false, room, idUser: '3' });
});

test.each(['foo', '007', '+7', 'auth0|5f7c', 'ann@example.com', '日本', 'a&b=c#d', '%41', ' ', 'x'.repeat(255)])(
  'the path of the user %j leads back to them',
  (idUser) => {
    expect(readAddress(new URL(roomPath('foo', idUser), 'http://localhost')).idUser).toBe(idUser);
  },
);
