import { expect, test } from 'vitest';
import { remember, sentence, type Entry, type Happening } from './happening';

const joined = (idUser: number, name: string, isMe = false): Happening => ({
  kind: 'joined',
  at: idUser,
  idUser: String(idUser),
  name,
  isMe,
});
const left = (idUser: number, name: string): Happening => ({
  kind: 'left',
  at: idUser,
  idUser: String(idUser),
  name,
  isMe: false,
});
const people = (n: number) => Array.from({ length: n }, (_, i) => joined(i + 1, `User ${i + 1}`));

test.each<[string, Happening[], string]>([
  ['nothing', [], ''],
  ['a join', [joined(2, 'Mary')], 'Mary joined'],
  ['a leave', [left(2, 'Mary')], 'Mary left'],
  ['a rename', [{ kind: 'renamed', at: 1, idUser: '2', name: 'Maria', was: 'Mary', isMe: false }], 'Mary is now Maria'],
  ['my rename', [{ kind: 'renamed', at: 1, idUser: '1', name: 'Jo', was: 'John', isMe: true }], 'You are now Jo'],
  ['a device more', [{ ...joined(2, 'Mary'), kind: 'device-joined' } as Happening], 'Mary joined on another device'],
  ['a device less', [{ ...left(2, 'Mary'), kind: 'device-left' } as Happening], 'Mary left on one device'],
  ['two at once', [joined(3, 'Mike'), left(2, 'Mary')], 'Mike joined · Mary left'],
  ['a crowd', people(5), '5 people joined'],
  ['a crowd that comes and goes', [...people(4), left(9, 'Rowan')], '4 people joined · 1 left'],
  ['a counted crowd', [{ kind: 'crowd', at: 1, joined: 0, left: 1200, changed: 0 }], '1,200 people left'],
  ['a crowd renamed', people(4).map((one) => ({ ...one, kind: 'renamed', was: 'x' }) as Happening), '4 changes'],
])('%s is read out in one sentence', (_, happenings, want) => {
  expect(sentence(happenings)).toBe(want);
});

test('the newest is on top, and each entry has a key of its own', () => {
  let list: readonly Entry[] = remember([], [joined(1, 'a'), joined(2, 'b')], 10);
  list = remember(list, [left(1, 'a')], 10);
  list = remember(list, [joined(3, 'c')], 10);
  expect(list.map(({ kind, at }) => [kind, at])).toEqual([
    ['joined', 3],
    ['joined', 2],
    ['left', 1],
    ['joined', 1],
  ]);
  expect(new Set(list.map(({ key }) => key)).size).toBe(4);
});

test('the list is bounded', () => {
  const list = people(12).reduce<readonly Entry[]>((all, one) => remember(all, [one], 5), []);
  expect(list).toHaveLength(5);
  expect(list[0]).toMatchObject({ at: 12 });
});

test('a crowd is one entry', () => {
  expect(remember([], people(300), 50)).toEqual([{ kind: 'crowd', at: 300, joined: 300, left: 0, changed: 0, key: 1 }]);
});

test('without news the list is the same', () => {
  const list = remember([], [joined(1, 'a')], 5);
  expect(remember(list, [], 5)).toBe(list);
});
