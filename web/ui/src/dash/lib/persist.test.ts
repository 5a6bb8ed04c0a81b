import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { persist } from './persist';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const patience = { every: 100, for: 1_000 };
const never = new AbortController().signal;

it('tries until it works', async () => {
  let tries = 0;
  const attempt = async (): Promise<number> => {
    if (++tries < 4) throw new Error('not yet');
    return tries;
  };
  const result = persist(attempt, () => true, patience, never);
  await vi.advanceTimersByTimeAsync(300);
  await expect(result).resolves.toBe(4);
});

it('gives up when patience ends, with the last error', async () => {
  let tries = 0;
  const result = persist(
    () => Promise.reject(new Error(`try ${++tries}`)),
    () => true,
    patience,
    never,
  );
  const outcome = expect(result).rejects.toThrow(/^try (10|11)$/);
  await vi.advanceTimersByTimeAsync(2_000);
  await outcome;
});

it('does not try again after an error that does not pass', async () => {
  const attempt = vi.fn(() => Promise.reject(new Error('final')));
  await expect(persist(attempt, () => false, patience, never)).rejects.toThrow('final');
  expect(attempt).toHaveBeenCalledTimes(1);
});

it('ends at once when it is aborted', async () => {
  const controller = new AbortController();
  const attempt = vi.fn(() => Promise.reject(new Error('not yet')));
  const outcome = expect(persist(attempt, () => true, patience, controller.signal)).rejects.toThrow('enough');
  await vi.advanceTimersByTimeAsync(50);
  controller.abort(new Error('enough'));
  await outcome;
  expect(attempt).toHaveBeenCalledTimes(1);
});
