import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiError, renameUser, type User } from '../../shared/api';
import { Renaming } from './renaming.svelte';

vi.mock('../../shared/api', { spy: true });
const save = vi.mocked(renameUser);

const john: User = { id_user: 'ann@example.com', name: 'John', version: 1 };
let connected: boolean;
let stored: User;
let renaming: Renaming;

beforeEach(() => {
  vi.useFakeTimers();
  connected = true;
  stored = john;
  save.mockReset().mockImplementation((_, name, version) => {
    stored = { ...stored, name, version: version + 1 };
    return Promise.resolve();
  });
  renaming = new Renaming({
    me: () => stored,
    token: () => 'a.b.c',
    connected: () => connected,
    readAgain: () => Promise.resolve(stored),
  });
});
afterEach(() => {
  renaming.stop();
  vi.useRealTimers();
});

async function rename(name: string): Promise<void> {
  renaming.start();
  renaming.type(name);
  await renaming.save();
}

test('a saved name is said to be saved, for a moment', async () => {
  await rename('Jo');
  expect(save).toHaveBeenCalledExactlyOnceWith('ann@example.com', 'Jo', 1, 'a.b.c');
  expect(renaming.state).toEqual({ phase: 'saved', name: 'Jo' });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(renaming.state.phase).toBe('shown');
});

test('without a connection the save waits, and is made once there is one', async () => {
  connected = false;
  await rename('Jo');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(renaming.state.phase).toBe('waiting');
  expect(save).not.toHaveBeenCalled();
  connected = true;
  renaming.resume();
  await vi.advanceTimersByTimeAsync(0);
  expect(save).toHaveBeenCalledOnce();
  expect(renaming.state.phase).toBe('saved');
});

test('a save that nobody answers is tried again by itself', async () => {
  save.mockRejectedValueOnce(new ApiError(0, 'No answer')).mockRejectedValueOnce(new ApiError(503, 'Too busy'));
  await rename('Jo');
  expect(renaming.state.phase).toBe('waiting');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(save).toHaveBeenCalledTimes(3);
  expect(renaming.state.phase).not.toBe('waiting');
});

test('what was given up is not saved later', async () => {
  connected = false;
  await rename('Jo');
  renaming.cancel();
  connected = true;
  renaming.resume();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(save).not.toHaveBeenCalled();
});

test('a save that waited and meets another name is a conflict', async () => {
  connected = false;
  await rename('Jo');
  stored = { ...john, name: 'Jack', version: 2 };
  connected = true;
  save.mockRejectedValueOnce(new ApiError(412, 'Changed meanwhile'));
  renaming.resume();
  await vi.advanceTimersByTimeAsync(0);
  expect(renaming.state).toEqual({ phase: 'conflict', draft: 'Jo', theirs: stored });
});
