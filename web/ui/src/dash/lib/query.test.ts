import { describe, expect, it } from 'vitest';
import { noQuery, readQuery, writeQuery, type Query } from './query';

describe('the address', () => {
  it('says nothing when nothing was chosen', () => {
    expect(writeQuery(noQuery)).toBe('');
    expect(readQuery('')).toEqual(noQuery);
  });

  const chosen: Partial<Query>[] = [
    { node: 'node-2' },
    { kind: 'roll', room: 'Maths & more / 1', idUser: 'auth0|5f7c', outcome: 'incomplete', minMs: '2.5' },
    { trace: '4bf92f3577b34da6a3ce929d0e0e4736', compare: 'aa', span: 'bb', zoom: true },
    { view: 'actors', actorKind: 'socket', q: 'Ω', sort: 'started' },
    { view: 'actors', inspect: '?&=%' },
    { view: 'actors', inspect: '' },
    { view: 'charts', inspect: 'Maths' },
    { view: 'traces', inspect: 'Maths' },
    { view: 'charts', tables: ['nodes', 'rolls'] },
  ];
  it.each(chosen)('brings back what was chosen: %o', (change) => {
    const query = { ...noQuery, ...change };
    expect(readQuery(writeQuery(query))).toEqual(query);
  });

  it.each([
    ['?trace=abc', { trace: 'abc', view: 'traces' }],
    ['?inspect=Maths', { inspect: 'Maths', view: 'actors' }],
    ['?view=nonsense&kind=nonsense&outcome=nonsense', { view: 'traces', kind: '', outcome: '' }],
    ['?id_user=a%0Ab&min_ms=-1', { idUser: '', minMs: '' }],
    ['?id_user=012&min_ms=0.5', { idUser: '012', minMs: '0.5' }],
    ['?id_user=98765432109876543210', { idUser: '98765432109876543210' }],
    ['?id_user=%E6%97%A5%E6%9C%AC', { idUser: '日本' }],
    ['?id_user=%2B7', { idUser: '+7' }],
    ['?zoom=1', { zoom: false }],
    ['?tables=,,nodes', { tables: ['nodes'] }],
  ] as const)('reads %s', (search, want) => {
    expect(readQuery(search)).toMatchObject(want);
  });
});
