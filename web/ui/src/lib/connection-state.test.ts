import { expect, test } from 'vitest';
import { initial, next, type Signal, type State } from './connection-state';

const signals: Record<string, Signal> = {
  handshake: { type: 'handshake' },
  closed: { type: 'closed', retryAt: 500 },
  failed: { type: 'failed', retryAt: 1000 },
  refused: { type: 'refused', reason: 'There is no user 99.' },
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
])('after %j we are %s', (sequence, state) => {
  const end = sequence
    .split(' ')
    .flatMap((name) => signals[name] ?? [])
    .reduce(next, initial);
  expect(end.state).toBe(state);
});

test('a refusal keeps the words of the node until it is over', () => {
  const refused = next(initial, { type: 'refused', reason: 'There is no user 99.' });
  expect(refused.reason).toBe('There is no user 99.');
  expect(next(refused, { type: 'retry' }).reason).toBeUndefined();
});

test('it is known when the next try is due, until it is made', () => {
  const closed = next({ state: 'live', failures: 0 }, { type: 'closed', retryAt: 500 });
  expect(closed.retryAt).toBe(500);
  expect(next(closed, { type: 'trying' }).retryAt).toBeUndefined();
  expect(next(closed, { type: 'failed', retryAt: 1500 }).retryAt).toBe(1500);
  expect(next(closed, { type: 'handshake' }).retryAt).toBeUndefined();
});
