import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Roll } from '../../shared/api';
import { RollCaller } from './roll-caller';
import { Roster } from './roster';

const roll = (sockets: Record<string, string>, complete = true): Roll => ({
  room: 'Maths',
  complete,
  epoch: 1,
  seq: 1,
  trace_id: '',
  nodes: [{ node: 'node-1', status: complete ? 'answered' : 'missing', sockets: 0, latency_ms: 1 }],
  counts: { users: 0, sockets: 0, nodes: 1 },
  users: Object.entries(sockets).map(([id_socket, id_user]) => ({
    id_user,
    sockets: [{ id_socket, node: 'node-1', since: '' }],
  })),
});

const callRoll = vi.fn<() => Promise<Roll>>();
const tried = vi.fn();
let roster: Roster;
let caller: RollCaller;

beforeEach(() => {
  vi.useFakeTimers();
  callRoll.mockReset().mockResolvedValue(roll({ me: '1' }));
  tried.mockReset();
  roster = new Roster();
  caller = new RollCaller(roster, callRoll, tried);
});
afterEach(() => {
  caller.stop();
  vi.useRealTimers();
});

async function enter(): Promise<void> {
  roster.handshake({ idSocket: 'me', idUser: '1', node: 'node-1' }, { epoch: 1, seq: 1 });
  caller.start();
  await vi.advanceTimersByTimeAsync(0);
}

function joined(idSocket: string, seq: number): void {
  roster.connected(idSocket, '2', { epoch: 1, seq });
  caller.noticed();
}

test('one roll at the handshake, and no more while nothing is missing', async () => {
  await enter();
  expect(callRoll).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(callRoll).toHaveBeenCalledOnce();
});

test('a gap is mended quickly, by one roll for several', async () => {
  await enter();
  joined('a', 3);
  joined('b', 5);
  callRoll.mockResolvedValue(roll({ me: '1', a: '2', b: '2' }));
  await vi.advanceTimersByTimeAsync(200);
  expect(callRoll).toHaveBeenCalledTimes(2);
  expect(roster.rollWanted).toBe(false);
});

test('a gap noticed during a roll is mended by another', async () => {
  let answer: (roll: Roll) => void = () => {};
  callRoll.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  await enter();
  joined('a', 9);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(callRoll).toHaveBeenCalledOnce();
  answer(roll({ me: '1' }));
  callRoll.mockResolvedValue(roll({ me: '1', a: '2' }));
  await vi.advanceTimersByTimeAsync(200);
  expect(callRoll).toHaveBeenCalledTimes(2);
});

test('joins in their order ask for no roll', async () => {
  await enter();
  joined('a', 2);
  joined('b', 3);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(callRoll).toHaveBeenCalledOnce();
});

test('an incomplete roll is taken again until it is complete', async () => {
  callRoll.mockResolvedValueOnce(roll({ me: '1' }, false)).mockResolvedValueOnce(roll({ me: '1' }, false));
  await enter();
  expect(roster.complete).toBe(false);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(roster.complete).toBe(true);
  expect(callRoll).toHaveBeenCalledTimes(3);
});

test('a roll that fails is told and tried again, ever more slowly', async () => {
  callRoll.mockRejectedValue(new Error('503'));
  await enter();
  expect(tried).toHaveBeenLastCalledWith(new Error('503'));
  await vi.advanceTimersByTimeAsync(60_000);
  const calls = callRoll.mock.calls.length;
  expect(calls).toBeGreaterThan(6);
  expect(calls).toBeLessThan(16);
});

test('nothing is asked after the socket closed', async () => {
  callRoll.mockRejectedValue(new Error('503'));
  await enter();
  roster.ownSocketLost();
  caller.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(callRoll).toHaveBeenCalledOnce();
  expect(tried).toHaveBeenCalledOnce();
});

test('an answer that comes after the next handshake does not count', async () => {
  let answer: (roll: Roll) => void = () => {};
  callRoll.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  await enter();
  await enter();
  answer(roll({ ghost: '5' }));
  await vi.advanceTimersByTimeAsync(0);
  expect(roster.sockets().map(({ idSocket }) => idSocket)).toEqual(['me']);
  expect(tried).toHaveBeenCalledOnce();
});
