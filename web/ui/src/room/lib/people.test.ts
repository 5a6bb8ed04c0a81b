import { expect, test } from 'vitest';
import { groupByUser } from './people';
import type { RosterSocket } from './roster';

const names: Record<string, string> = { 1: 'John', 2: 'Mary', 3: 'Émile', 4: 'Frank' };
const nameOf = (id: string) => (names[id] ? { id_user: id, name: names[id], version: 1 } : undefined);

const socket = (idSocket: string, idUser: string, since?: string): RosterSocket => ({
  idSocket,
  idUser,
  node: since && 'node-1',
  since,
  unconfirmed: false,
});

const group = (...sockets: RosterSocket[]) => groupByUser(sockets, nameOf, { idUser: '2', idSocket: 'mine' });

test('each user is there once, with all their sockets', () => {
  const people = group(socket('a', '1'), socket('mine', '2'), socket('b', '1'));
  expect(people.map(({ idUser, sockets }) => [idUser, sockets.length])).toEqual([
    ['2', 1],
    ['1', 2],
  ]);
});

test('I come first, then names in the order of the alphabet, then those whose name is not known', () => {
  const people = group(socket('x', '8'), socket('a', '4'), socket('b', '3'), socket('c', '1'), socket('mine', '2'));
  expect(people.map(({ name }) => name)).toEqual(['Mary', 'Émile', 'Frank', 'John', undefined]);
  expect(people.filter(({ isMe }) => isMe).map(({ idUser }) => idUser)).toEqual(['2']);
});

test('this page comes first, then who joined first; fractions of a second count', () => {
  const [me] = group(
    socket('new', '2'),
    socket('b', '2', '2026-11-24T03:00:00.5Z'),
    socket('a', '2', '2026-11-24T03:00:00.25Z'),
    socket('mine', '2', '2026-11-24T03:00:01Z'),
  );
  expect(me?.sockets.map(({ idSocket }) => idSocket)).toEqual(['mine', 'a', 'b', 'new']);
  expect(me?.sockets.map(({ isThis }) => isThis)).toEqual([true, false, false, false]);
});

test('only what has changed is a new object', () => {
  const own = { idUser: '2', idSocket: 'mine' };
  const a = socket('a', '1', '2026-11-24T03:00:00Z');
  const before = groupByUser([a, socket('b', '1'), socket('c', '4'), socket('mine', '2')], nameOf, own);
  const moved = { ...a, node: 'node-2' };
  const after = groupByUser([moved, socket('b', '1'), socket('c', '4'), socket('mine', '2')], nameOf, own, before);
  const person = (people: typeof before, id: string) => people.find(({ idUser }) => idUser === id);
  expect(person(after, '2')).toBe(person(before, '2'));
  expect(person(after, '4')).toBe(person(before, '4'));
  expect(person(after, '1')).not.toBe(person(before, '1'));
  expect(person(after, '1')?.sockets.map(({ node }) => node)).toEqual(['node-2', undefined]);
  expect(person(after, '1')?.sockets[1]).toBe(person(before, '1')?.sockets[1]);
});

test('another name is a change', () => {
  const own = { idUser: '2', idSocket: 'mine' };
  const before = groupByUser([socket('a', '1')], nameOf, own);
  const after = groupByUser([socket('a', '1')], () => ({ id_user: '1', name: 'Johnny', version: 2 }), own, before);
  expect(after[0]?.name).toBe('Johnny');
});

test('another profile is a change, and the same one is not', () => {
  const own = { idUser: '2', idSocket: 'mine' };
  const user = { id_user: '1', name: 'John', profile: { team: 'A' }, version: 1 };
  const before = groupByUser([socket('a', '1')], () => user, own);
  expect(before[0]?.profile).toBe(user.profile);
  expect(groupByUser([socket('a', '1')], () => user, own, before)[0]).toBe(before[0]);
  const moved = { ...user, profile: { team: 'B' }, version: 2 };
  expect(groupByUser([socket('a', '1')], () => moved, own, before)[0]?.profile).toBe(moved.profile);
});

test('ids are text: those that read as one number are two people, of one name in the order of their ids', () => {
  const named = (id: string) => ({ id_user: id, name: 'Mary', version: 1 });
  const ids = ['+7', '7', '9007199254740993', '007', '9007199254740992', '98765432109876543210', '__proto__'];
  const people = groupByUser(
    ids.map((id) => socket(`of ${id}`, id)),
    named,
    { idUser: '7', idSocket: 'of 7' },
  );
  expect(people.map(({ idUser }) => idUser)).toEqual([
    '7',
    '+7',
    '007',
    '9007199254740992',
    '9007199254740993',
    '98765432109876543210',
    '__proto__',
  ]);
  expect(people.filter(({ isMe }) => isMe)).toHaveLength(1);
  expect(people.every(({ sockets }) => sockets.length === 1)).toBe(true);
});
