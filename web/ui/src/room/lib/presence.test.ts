import { beforeEach, expect, test } from 'vitest';
import type { Happening } from './happening';
import type { Person } from './people';
import { lingers, Presence } from './presence';

function person(idUser: string, name: string | undefined, devices = 1): Person {
  const sockets = Array.from({ length: devices }, (_, i) => ({
    idSocket: `${idUser}-${i}`,
    idUser,
    unconfirmed: false,
    isThis: idUser === '1' && i === 0,
  }));
  return { idUser, name, isMe: idUser === '1', sockets };
}

const me = person('1', 'John');
const mary = person('2', 'Mary');
const told = (happenings: readonly Happening[]) =>
  happenings.map((one) => ('name' in one ? `${one.name} ${one.kind}` : one.kind));

let presence: Presence;
beforeEach(() => {
  presence = new Presence();
});

/** Takes in one list after another, a second between them, and returns all that was told. */
function see(...lists: Person[][]): string[] {
  return lists.flatMap((people, i) => told(presence.update(people, i * 1_000)));
}

test('the first list is no news', () => {
  expect(see([me, mary])).toEqual([]);
  expect(presence.shown).toEqual([me, mary]);
});

test.each<[string, Person[][], string[]]>([
  ['a join', [[me], [me, mary]], ['Mary joined']],
  ['a join whose name comes later', [[me], [me, person('2', undefined)], [me, mary]], ['Mary joined']],
  ['a leave that lasts', [[me, mary], [me], [me], [me]], ['Mary left']],
  ['a leave that has not lasted yet', [[me, mary], [me], [me]], []],
  ['a reload', [[me, mary], [me], [me, mary], [me, mary], [me, mary]], []],
  [
    'a reload of one device of two',
    [
      [me, person('2', 'Mary', 2)],
      [me, mary],
      [me, person('2', 'Mary', 2)],
    ],
    [],
  ],
  ['a device more', [[mary], [person('2', 'Mary', 2)]], ['Mary device-joined']],
  ['a device less', [[person('2', 'Mary', 2)], [mary], [mary], [mary]], ['Mary device-left']],
  ['a device of mine', [[me], [person('1', 'John', 2)]], ['John device-joined']],
  ['a rename', [[mary], [person('2', 'Maria')]], ['Maria renamed']],
  ['a rename while reloading', [[me, mary], [me], [me, person('2', 'Maria')]], ['Maria renamed']],
  ['my own return', [[], [me]], []],
  ['two leaves', [[me, mary, person('3', 'Mike')], [me], [me], [me]], ['Mary left', 'Mike left']],
])('%s', (_, lists, want) => {
  expect(see(...lists)).toEqual(want);
});

test('a leave is told with the time at which it was seen', () => {
  see([me, mary], [me]);
  expect(presence.due).toBe(1_000 + lingers);
  expect(presence.update([me], 1_000 + lingers)).toMatchObject([{ kind: 'left', at: 1_000 }]);
  expect(presence.due).toBeUndefined();
});

test('whoever has left lingers in their place', () => {
  const mike = person('3', 'Mike');
  see([me, mary, mike], [me, mike]);
  expect(presence.shown).toEqual([me, { ...mary, leftAt: 1_000 }, mike]);
  presence.update([me, mike], 1_000 + lingers);
  expect(presence.shown).toEqual([me, mike]);
});

test('who comes back in time is as if never gone', () => {
  see([me, mary], [me], [me, mary]);
  expect(presence.shown).toEqual([me, mary]);
  expect(presence.due).toBeUndefined();
});

test('a join can be seen by its time, and nobody is a new object without need', () => {
  see([me], [me, mary], [me, mary]);
  const [, first] = presence.shown;
  expect(first).toMatchObject({ idUser: '2', joinedAt: 1_000 });
  presence.update([me, mary], 9_000);
  expect(presence.shown[1]).toBe(first);
  expect(presence.shown[0]).toBe(me);
});
