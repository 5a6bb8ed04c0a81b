import { beforeEach, describe, expect, test } from 'vitest';
import type { NodeStatus, Roll } from '../../shared/api';
import { Roster } from './roster';

/** A roll written as { node: 'socket:user …' }; a node in `statuses` did not simply answer. */
function roll(nodes: Record<string, string>, statuses: Record<string, NodeStatus> = {}): Roll {
  const users = new Map<string, Roll['users'][number]>();
  for (const [node, sockets] of Object.entries(nodes)) {
    for (const pair of sockets.split(' ').filter(Boolean)) {
      const [id_socket = '', id_user = ''] = pair.split(':');
      if (!users.has(id_user)) users.set(id_user, { id_user, sockets: [] });
      users.get(id_user)?.sockets.push({ id_socket, node, since: '2026-11-24T03:00:00Z' });
    }
  }
  const names = new Set([...Object.keys(nodes), ...Object.keys(statuses)]);
  return {
    room: 'Maths',
    complete: Object.keys(statuses).length === 0,
    epoch: 1,
    seq: 1,
    trace_id: 'trace',
    nodes: [...names].map((node) => ({ node, status: statuses[node] ?? 'answered', sockets: 0, latency_ms: 1 })),
    counts: { users: users.size, sockets: 0, nodes: names.size },
    users: [...users.values()],
  };
}

const ids = (roster: Roster) =>
  roster
    .sockets()
    .map(({ idSocket }) => idSocket)
    .sort();

let roster: Roster;
beforeEach(() => {
  roster = new Roster();
  roster.handshake({ idSocket: 'me', idUser: '1', node: 'node-1' }, { epoch: 7, seq: 10 });
});

/** A roster that has taken its first roll: me, a and b. */
function settled(): void {
  roster.applyRoll(roster.beginRoll(), roll({ 'node-1': 'me:1', 'node-2': 'a:2', 'node-3': 'b:3' }));
}

describe('the first roll', () => {
  test('is wanted after the handshake, once', () => {
    expect(roster.rollWanted).toBe(true);
    settled();
    expect(roster.rollWanted).toBe(false);
    expect(ids(roster)).toEqual(['a', 'b', 'me']);
  });

  test('our own socket is here before it comes, and although it lacks it', () => {
    expect(ids(roster)).toEqual(['me']);
    roster.applyRoll(roster.beginRoll(), roll({ 'node-2': 'a:2' }));
    expect(ids(roster)).toEqual(['a', 'me']);
  });

  test('is taken again after another handshake', () => {
    settled();
    roster.ownSocketLost();
    expect(roster.rollWanted).toBe(false);
    expect(ids(roster)).toEqual(['a', 'b']);
    roster.handshake({ idSocket: 'me2', idUser: '1', node: 'node-2' }, { epoch: 7, seq: 15 });
    expect(roster.rollWanted).toBe(true);
    roster.applyRoll(roster.beginRoll(), roll({ 'node-2': 'me2:1 a:2' }));
    expect(ids(roster)).toEqual(['a', 'me2']);
  });

  test('a roll from before a handshake does not count', () => {
    const early = roster.beginRoll();
    roster.handshake({ idSocket: 'me2', idUser: '1', node: 'node-1' }, { epoch: 7, seq: 12 });
    expect(roster.applyRoll(early, roll({ 'node-1': 'stale:4' }))).toBe(false);
    expect(roster.rollWanted).toBe(true);
    expect(ids(roster)).toEqual(['me2']);
  });
});

describe('events', () => {
  beforeEach(settled);

  test('a join and a leave in sequence need no roll', () => {
    roster.connected('c', '4', { epoch: 7, seq: 11 }, { node: 'node-4', since: '2026-11-24T08:00:00.000Z' });
    roster.disconnected('a', { epoch: 7, seq: 12 });
    expect(ids(roster)).toEqual(['b', 'c', 'me']);
    expect(roster.rollWanted).toBe(false);
    expect(roster.sockets().find(({ idSocket }) => idSocket === 'c')).toMatchObject({
      node: 'node-4',
      since: '2026-11-24T08:00:00.000Z',
    });
  });

  test('twice is as good as once', () => {
    roster.connected('c', '4', { epoch: 7, seq: 11 });
    roster.connected('c', '4', { epoch: 7, seq: 11 });
    roster.disconnected('a', { epoch: 7, seq: 12 });
    roster.disconnected('a', { epoch: 7, seq: 12 });
    expect(ids(roster)).toEqual(['b', 'c', 'me']);
    expect(roster.rollWanted).toBe(false);
  });

  test('a second join does not forget the node of the first', () => {
    roster.connected('a', '2', {});
    expect(roster.sockets().find(({ idSocket }) => idSocket === 'a')?.node).toBe('node-2');
  });

  test('who left may come back, and the roll shows it', () => {
    roster.disconnected('a', { epoch: 7, seq: 11 });
    roster.connected('a', '2', { epoch: 7, seq: 12 });
    expect(ids(roster)).toEqual(['a', 'b', 'me']);
    settled();
    expect(ids(roster)).toEqual(['a', 'b', 'me']);
    roster.disconnected('b', { epoch: 7, seq: 13 });
    settled(); // it came back, and the event of that was lost
    expect(ids(roster)).toEqual(['a', 'b', 'me']);
  });

  test('our own earlier socket is not brought back by whoever has not noticed', () => {
    roster.ownSocketLost();
    roster.handshake({ idSocket: 'me2', idUser: '1', node: 'node-2' }, { epoch: 7, seq: 12 });
    roster.connected('me', '1', { epoch: 7, seq: 13 });
    roster.applyRoll(roster.beginRoll(), roll({ 'node-1': 'me:1', 'node-2': 'me2:1' }));
    expect(ids(roster)).toEqual(['me2']);
  });

  test('unnumbered ones are applied and leave the sequence alone', () => {
    roster.connected('c', '4', {});
    roster.disconnected('b', { epoch: 7 });
    roster.connected('d', '5', { epoch: 7, seq: 11 });
    expect(ids(roster)).toEqual(['a', 'c', 'd', 'me']);
    expect(roster.rollWanted).toBe(false);
  });

  test('nobody can announce our own departure to us', () => {
    roster.disconnected('me', { epoch: 7, seq: 11 });
    expect(ids(roster)).toContain('me');
  });
});

describe('a roll is wanted', () => {
  beforeEach(settled);

  test('when a number is missing, and the event is applied all the same', () => {
    roster.connected('c', '4', { epoch: 7, seq: 12 });
    expect(roster.rollWanted).toBe(true);
    expect(ids(roster)).toContain('c');
  });

  test('when the epoch changes, once', () => {
    roster.connected('c', '4', { epoch: 8, seq: 1 });
    expect(roster.rollWanted).toBe(true);
    settled();
    roster.connected('d', '4', { epoch: 8, seq: 2 });
    expect(roster.rollWanted).toBe(false);
  });

  test('not when the missing number comes late', () => {
    roster.connected('c', '4', { epoch: 7, seq: 12 });
    settled();
    roster.connected('d', '5', { epoch: 7, seq: 11 });
    expect(roster.rollWanted).toBe(false);
    expect(ids(roster)).toContain('d');
    roster.connected('e', '6', { epoch: 7, seq: 13 });
    expect(roster.rollWanted).toBe(false);
  });

  test('again when the gap is noticed while a roll is under way', () => {
    const ticket = roster.beginRoll();
    roster.connected('c', '4', { epoch: 7, seq: 15 });
    roster.applyRoll(ticket, roll({ 'node-1': 'me:1' }));
    expect(roster.rollWanted).toBe(true);
  });

  test('when the handshake was unnumbered and the first event is not', () => {
    roster.handshake({ idSocket: 'me2', idUser: '1', node: 'node-1' }, {});
    settled();
    roster.connected('c', '4', { epoch: 7, seq: 30 });
    expect(roster.rollWanted).toBe(true);
  });

  test('again when it failed', () => {
    const ticket = roster.beginRoll();
    expect(roster.rollWanted).toBe(false);
    expect(roster.failRoll(ticket)).toBe(true);
    expect(roster.rollWanted).toBe(true);
    expect(ids(roster)).toEqual(['a', 'b', 'me']);
  });
});

describe('a roll under way', () => {
  beforeEach(settled);

  test('does not remove who joined meanwhile', () => {
    const ticket = roster.beginRoll();
    roster.connected('c', '4', { epoch: 7, seq: 11 });
    roster.applyRoll(ticket, roll({ 'node-1': 'me:1' }));
    expect(ids(roster)).toEqual(['c', 'me']);
  });

  test('does not bring back who left meanwhile', () => {
    const ticket = roster.beginRoll();
    roster.disconnected('a', { epoch: 7, seq: 11 });
    roster.applyRoll(ticket, roll({ 'node-1': 'me:1', 'node-2': 'a:2' }));
    expect(ids(roster)).toEqual(['me']);
  });

  test('does not bring back who joined and left meanwhile, but who left and came back', () => {
    const ticket = roster.beginRoll();
    roster.connected('c', '4', { epoch: 7, seq: 11 });
    roster.disconnected('c', { epoch: 7, seq: 12 });
    roster.disconnected('a', { epoch: 7, seq: 13 });
    roster.connected('a', '2', { epoch: 7, seq: 14 });
    roster.applyRoll(ticket, roll({ 'node-1': 'me:1 c:4' }));
    expect(ids(roster)).toEqual(['a', 'me']);
  });

  test('removes who joined before it began and is not in it', () => {
    roster.connected('c', '4', { epoch: 7, seq: 11 });
    settled();
    expect(ids(roster)).toEqual(['a', 'b', 'me']);
  });

  test('is ignored when a later one was begun', () => {
    const first = roster.beginRoll();
    const second = roster.beginRoll();
    expect(roster.applyRoll(second, roll({ 'node-2': 'a:2' }))).toBe(true);
    expect(roster.applyRoll(first, roll({ 'node-2': 'z:2' }))).toBe(false);
    expect(roster.failRoll(first)).toBe(false);
    expect(ids(roster)).toEqual(['a', 'me']);
  });
});

describe('an incomplete roll', () => {
  beforeEach(settled);

  const unconfirmed = () =>
    roster
      .sockets()
      .filter((socket) => socket.unconfirmed)
      .map(({ idSocket }) => idSocket);

  test('keeps the sockets of the silent node, unconfirmed', () => {
    roster.applyRoll(roster.beginRoll(), roll({ 'node-1': 'me:1', 'node-2': '' }, { 'node-3': 'missing' }));
    expect(roster.complete).toBe(false);
    expect(ids(roster)).toEqual(['b', 'me']);
    expect(unconfirmed()).toEqual(['b']);
  });

  test('is mended by the next', () => {
    roster.applyRoll(roster.beginRoll(), roll({ 'node-1': 'me:1' }, { 'node-3': 'missing' }));
    settled();
    expect(roster.complete).toBe(true);
    expect(unconfirmed()).toEqual([]);
  });

  test('forgets the sockets of a lost node, which were announced as gone', () => {
    roster.applyRoll(roster.beginRoll(), roll({ 'node-1': 'me:1', 'node-2': 'a:2' }, { 'node-3': 'lost' }));
    expect(ids(roster)).toEqual(['a', 'me']);
  });
});

describe('a join at a node that the last roll lacked', () => {
  test.each(['missing', 'lost'] as const)('asks for another roll if it was %s', (status) => {
    roster.applyRoll(roster.beginRoll(), roll({ 'node-1': 'me:1', 'node-3': '' }, { 'node-3': status }));
    roster.connected('b', '3', { epoch: 7, seq: 11 }, { node: 'node-1' });
    expect(roster.rollWanted).toBe(false);
    roster.connected('c', '3', { epoch: 7, seq: 12 }, { node: 'node-3' });
    expect(roster.rollWanted).toBe(true);
  });
});

test('the trace is that of the last roll', () => {
  expect(roster.traceId).toBe('');
  settled();
  expect(roster.traceId).toBe('trace');
});
