import { expect, test } from 'vitest';
import { tell } from './news';
import type { Person } from './people';

function person(idUser: number, name: string | undefined, devices = 1): Person {
  const sockets = Array.from({ length: devices }, (_, i) => ({
    idSocket: `${idUser}-${i}`,
    idUser,
    unconfirmed: false,
    isThis: idUser === 1 && i === 0,
  }));
  return { idUser, name, isMe: idUser === 1, sockets };
}

const me = person(1, 'John');
const many = [2, 3, 4, 5, 6].map((id) => person(id, `User ${id}`));

test.each<[string, Person[], Person[], string]>([
  ['nothing', [me], [me], ''],
  ['a join', [me], [me, person(2, 'Mary')], 'Mary joined'],
  ['a join whose name is not known yet', [me], [me, person(2, undefined)], ''],
  ['a name that has become known', [me, person(2, undefined)], [me, person(2, 'Mary')], 'Mary joined'],
  ['a leave', [me, person(2, 'Mary')], [me], 'Mary left'],
  ['a rename', [person(2, 'Mary')], [person(2, 'Maria')], 'Mary is now Maria'],
  ['my rename', [me], [person(1, 'Johnny')], 'You are now Johnny'],
  ['another device', [person(2, 'Mary')], [person(2, 'Mary', 2)], 'Mary joined on another device'],
  ['a device less', [person(2, 'Mary', 3)], [person(2, 'Mary', 2)], 'Mary left on one device'],
  ['another device of mine', [me], [person(1, 'John', 2)], 'You joined on another device'],
  ['my own reconnection', [], [me], ''],
  ['two at once', [person(2, 'Mary')], [person(3, 'Mike')], 'Mike joined · Mary left'],
  ['a crowd', [me], [me, ...many], '5 joined'],
  ['a crowd that leaves', [me, ...many], [me], '5 left'],
  ['a crowd renamed', many, many.map((p) => person(p.idUser, `${p.name}!`)), '5 changes'],
])('%s', (_, before, after, sentence) => {
  expect(tell(before, after)).toBe(sentence);
});
