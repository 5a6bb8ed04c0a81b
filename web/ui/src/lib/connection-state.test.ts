import { expect, test } from 'vitest';
import { initial, next, type Signal, type State } from './connection-state';

const signals: Record<string, Signal> = {
  handshake: { type: 'handshake' },
  closed: { type: 'closed' },
  failed: { type: 'failed' },
  refused: { type: 'refused', reason: 'There is no user 99.' },
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
