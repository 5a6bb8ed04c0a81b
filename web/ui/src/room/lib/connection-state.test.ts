import { expect, test } from 'vitest';
import { initial, next, type Signal, type State } from './connection-state';

const signals: Record<string, Signal> = {
  handshake: { type: 'handshake' },
  closed: { type: 'closed', retryAt: 500 },
  failed: { type: 'failed', retryAt: 1000, reached: false },
  away: { type: 'failed', retryAt: 1000, reached: true },
  refused: { type: 'refused', refusal: { code: 'unknown_user', reason: 'There is no user 99.' } },
  left: { type: 'left' },
  trying: { type: 'trying' },
  lost: { type: 'network-lost' },
  retry: { type: 'retry' },
};

test.each<[string, State]>([
  ['', 'connecting'],
  ['handshake', 'live'],
  ['failed', 'connecting'],
  ['failed failed failed', 'offline'],
  ['failed failed handshake failed', 'reconnecting'],
  ['handshake closed', 'reconnecting'],
  ['handshake closed failed', 'reconnecting'],
  ['handshake closed trying', 'reconnecting'],
  ['failed failed failed trying', 'offline'],
  ['handshake closed failed failed failed', 'offline'],
  ['handshake closed failed failed failed handshake', 'live'],
  ['handshake lost', 'offline'],
  ['handshake lost failed', 'offline'],
  ['handshake lost closed', 'offline'],
  ['handshake lost retry', 'reconnecting'],
  ['handshake lost handshake', 'live'],
  ['refused', 'refused'],
  ['handshake closed refused', 'refused'],
  ['refused lost', 'refused'],
  ['refused retry', 'connecting'],
  ['away', 'turned-away'],
  ['away trying', 'turned-away'],
  ['away away away away away away', 'turned-away'],
  ['away failed', 'turned-away'],
  ['away failed failed', 'offline'],
  ['handshake closed away', 'turned-away'],
  ['away handshake', 'live'],
  ['away lost', 'offline'],
  ['away lost away', 'turned-away'],
  ['failed failed failed away', 'turned-away'],
  ['left', 'connecting'],
  ['handshake left', 'reconnecting'],
  ['handshake lost left', 'reconnecting'],
  ['handshake left trying handshake', 'live'],
  ['refused left', 'refused'],
])('after %j we are %s', (sequence, state) => {
  const end = sequence
    .split(' ')
    .flatMap((name) => signals[name] ?? [])
    .reduce(next, initial);
  expect(end.state).toBe(state);
});

test('a refusal keeps the words of the node until it is over', () => {
  const refusal = { code: 'unknown_user', reason: 'There is no user 99.' };
  const refused = next(initial, { type: 'refused', refusal });
  expect(refused.refusal).toEqual(refusal);
  expect(next(refused, { type: 'left' }).refusal).toEqual(refusal);
  expect(next(refused, { type: 'retry' }).refusal).toBeUndefined();
});

test('tries that a node ends count as failed, so that they become fewer', () => {
  const signal: Signal = { type: 'failed', retryAt: 0, reached: true };
  expect(next(next(initial, signal), signal).failures).toBe(2);
});

test('it is known when the next try is due, until it is made', () => {
  const closed = next({ state: 'live', failures: 0 }, { type: 'closed', retryAt: 500 });
  expect(closed.retryAt).toBe(500);
  expect(next(closed, { type: 'trying' }).retryAt).toBeUndefined();
  expect(next(closed, { type: 'failed', retryAt: 1500, reached: false }).retryAt).toBe(1500);
  expect(next(closed, { type: 'handshake' }).retryAt).toBeUndefined();
});
