import { describe, expect, test } from 'vitest';
import { readAddress, roomPath } from './address';

describe('readAddress', () => {
  test.each([
    ['/ui/Maths', 'Maths'],
    ['/ui/a%2Fb', 'a/b'],
    ['/ui/100%2525', '100%25'],
    ['/ui/%E6%95%B0%E5%AD%A6', '数学'],
    ['/ui/a+b', 'a+b'],
    ['/ui/', ''],
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
  ])('%j names the user %j', (search, idUser) => {
    expect(readAddress({ pathname: '/ui/foo', search }).idUser).toBe(idUser);
  });
});

test.each(['Maths', 'a/b', '100%25', '数学', '?#', ' '])('the path of %j leads back to it', (room) => {
  const url = new URL(roomPath(room, 3), 'http://localhost');
  expect(readAddress(url)).toEqual({ room, idUser: '3' });
});
