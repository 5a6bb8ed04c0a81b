import { describe, expect, it } from 'vitest';
import type { Roll } from '../../shared/api';
import type { Inspection, RosterRow } from '../wire';
import { inspect, verdict } from './inspection';

const roster = (node: string, more: Partial<RosterRow> = {}): RosterRow => ({
  node,
  awake: true,
  enrolled: true,
  epoch: 1,
  seq: 8,
  version: 3,
  sockets: 2,
  users: 1,
  mailbox: 0,
  ...more,
});

const report = (more: Partial<Inspection> = {}): Inspection => ({
  room: 'Maths',
  grain: {
    node: 'node-2',
    epoch: 1,
    seq: 8,
    since: '2026-01-01T00:00:00Z',
    routes: [{ node: 'node-1', has_roster: 'yes' }],
  },
  grain_error: '',
  rosters: [roster('node-1')],
  differences: [],
  silent: [],
  ...more,
});

const roll = (sockets: number, status: 'answered' | 'missing' = 'answered'): Roll => ({
  room: 'Maths',
  complete: true,
  epoch: 1,
  seq: 8,
  trace_id: '',
  nodes: [{ node: 'node-1', status, sockets, latency_ms: 1 }],
  counts: { users: 0, sockets, nodes: 1 },
  users: [],
});

const none = { route: false, epoch: false, seq: false, sockets: false };

describe('inspecting a room', () => {
  it('has a row for every node that anybody speaks of', () => {
    const rows = inspect(
      report({ rosters: [roster('node-10')], differences: [{ node: 'node-3', what: 'odd' }], silent: ['node-4'] }),
      roll(2),
    );
    expect(rows.map(({ node }) => node)).toEqual(['node-1', 'node-3', 'node-4', 'node-10']);
  });

  it('marks nothing where all agree', () => {
    expect(inspect(report(), roll(2))[0]?.marks).toEqual(none);
    expect(verdict(inspect(report(), roll(2)), report())).toMatchObject({ agree: true, word: 'agrees' });
  });

  it.each([
    [
      'a roster that the grain does not know',
      report({ rosters: [roster('node-1'), roster('node-2')] }),
      'node-2',
      { route: true },
    ],
    ['a roster that is not there', report({ rosters: [] }), 'node-1', { route: true }],
    ['events that did not come', report({ rosters: [roster('node-1', { seq: 7 })] }), 'node-1', { seq: true }],
    ['another epoch', report({ rosters: [roster('node-1', { epoch: 0 })] }), 'node-1', { epoch: true }],
    [
      'sockets that the roll has not',
      report({ rosters: [roster('node-1', { sockets: 5 })] }),
      'node-1',
      { sockets: true },
    ],
  ])('marks %s', (_, said, node, want) => {
    expect(inspect(said, roll(2)).find((row) => row.node === node)?.marks).toEqual({ ...none, ...want });
  });

  it('does not compare with a roll that a node missed', () => {
    expect(inspect(report(), roll(0, 'missing'))[0]?.marks.sockets).toBe(false);
    expect(inspect(report(), undefined)[0]?.marks.sockets).toBe(false);
  });

  it('names who differs and who was silent', () => {
    const said = report({ differences: [{ node: 'node-1', what: 'is behind' }], silent: ['node-4'] });
    const rows = inspect(said, roll(2));
    expect(rows[0]?.differences).toEqual(['is behind']);
    expect(verdict(rows, said)).toEqual({
      agree: false,
      word: 'differs',
      text: 'Not the same on node-1. node-4 said nothing.',
    });
  });

  it('tells an empty room from one that lost its grain', () => {
    const empty = report({ grain: null, rosters: [] });
    expect(verdict(inspect(empty, undefined), empty)).toMatchObject({ agree: true, word: 'empty' });
    const lost = report({ grain: null });
    expect(verdict(inspect(lost, undefined), lost)).toMatchObject({ agree: false, word: 'no grain' });
    expect(inspect(lost, undefined)[0]?.marks.route).toBe(false);
  });
});
