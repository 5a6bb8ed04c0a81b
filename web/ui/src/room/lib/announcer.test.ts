import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Announcer } from './announcer';
import type { Happening } from './happening';

const joined = (name: string): Happening => ({ kind: 'joined', at: 0, idUser: '2', name, isMe: false });
const say = vi.fn();
let announcer: Announcer;

beforeEach(() => {
  vi.useFakeTimers();
  say.mockReset();
  announcer = new Announcer(say);
});
afterEach(() => {
  announcer.stop();
  vi.useRealTimers();
});

test('what happens after a quiet while is said at once', () => {
  announcer.add([joined('Mary')]);
  expect(say).toHaveBeenCalledExactlyOnceWith('Mary joined');
  vi.advanceTimersByTime(60_000);
  announcer.add([joined('Mike')]);
  expect(say).toHaveBeenLastCalledWith('Mike joined');
});

test('what happens in quick succession is said together', () => {
  announcer.add([joined('Mary')]);
  for (let i = 0; i < 100; i++) announcer.add([joined(`User ${i}`)]);
  expect(say).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(3_000);
  expect(say).toHaveBeenCalledTimes(2);
  expect(say).toHaveBeenLastCalledWith('100 people joined');
});

test('nothing is not said', () => {
  announcer.add([]);
  vi.advanceTimersByTime(60_000);
  expect(say).not.toHaveBeenCalled();
});
