import { describe, expect, it } from 'vitest';
import { isOpen, matches, toParameters, type Filter } from './filter';
import { noQuery } from './query';
import { summary } from './trace.fixture';

const trace = summary('a', 0, { id_user: '007', duration_ms: 12.5, outcome: 'incomplete', missing: ['node-3'] });
const filter = (change: Partial<Filter>): Filter => ({ ...noQuery, ...change });

describe('the filter', () => {
  it.each([
    [{}, true],
    [{ kind: 'roll' }, true],
    [{ kind: 'join' }, false],
    [{ room: 'Maths' }, true],
    [{ room: 'Math' }, false],
    [{ idUser: '007' }, true],
    [{ idUser: '7' }, false],
    [{ idUser: '0070' }, false],
    [{ node: 'node-1' }, true],
    [{ node: 'node-3' }, true], // it is about the silent one, too
    [{ node: 'node-2' }, false],
    [{ outcome: 'incomplete' }, true],
    [{ outcome: 'ok' }, false],
    [{ minMs: '12.5' }, true],
    [{ minMs: '12.6' }, false],
    [{ kind: 'roll', room: 'Physics' }, false],
  ] as const)('%o lets a trace through: %s', (change, want) => {
    expect(matches(filter(change), trace)).toBe(want);
  });

  it('asks for a user, so a trace without one does not fit', () => {
    expect(matches(filter({ idUser: '7' }), { ...trace, id_user: null })).toBe(false);
  });

  it('is open unless something is asked for; the node is not its own', () => {
    expect(isOpen(filter({ node: 'node-1' }))).toBe(true);
    expect(isOpen(filter({ minMs: '1' }))).toBe(false);
  });

  it('is sent in the words of the nodes, without what is not asked for', () => {
    expect(toParameters(filter({ kind: 'roll', room: 'a b', idUser: 'a|b@c', minMs: '5' })).toString()).toBe(
      'kind=roll&room=a+b&id_user=a%7Cb%40c&min_ms=5',
    );
    expect(toParameters(filter({})).toString()).toBe('');
  });
});
