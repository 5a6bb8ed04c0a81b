import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from '../../shared/api';
import type { Api } from './api';
import type { Trace } from '../wire';
import { Opened } from './opened.svelte';
import { incomplete, span } from './trace.fixture';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A node that answers one question after the other, and the last answer ever after. */
function node(...answers: (Trace | Error)[]): { api: Api; asked: () => number } {
  let asked = 0;
  const trace = async (): Promise<Trace> => {
    const answer = answers[Math.min(asked++, answers.length - 1)];
    if (answer instanceof Error) throw answer;
    return answer as Trace;
  };
  return { api: { trace } as unknown as Api, asked: () => asked };
}

const missing = new ApiError(404, 'Not found', 'no node knows it');
const open = { ...incomplete(), spans: [span('a', 'node-1', { ended_ms: null })] };

it('waits for a trace whose spans are being gathered', async () => {
  const { api } = node(missing, missing, incomplete());
  const opened = new Opened(api, 't');
  await vi.advanceTimersByTimeAsync(1_100);
  expect(opened.trace?.trace_id).toBe('t');
  expect(opened.fault).toBeUndefined();
});

it('says after a while that no node has it', async () => {
  const opened = new Opened(node(missing).api, 't');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(opened.fault).toBeUndefined();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(opened.fault).toEqual({ gone: true, text: 'no node knows it' });
});

it('says at once when it cannot be read, and tries again when asked to', async () => {
  const { api } = node(new ApiError(0, 'No answer'), incomplete());
  const opened = new Opened(api, 't');
  await vi.advanceTimersByTimeAsync(0);
  expect(opened.fault).toEqual({ gone: false, text: 'No answer' });
  opened.retry();
  await vi.advanceTimersByTimeAsync(0);
  expect(opened.trace?.trace_id).toBe('t');
  expect(opened.fault).toBeUndefined();
});

it('reads an open trace again until it is over', async () => {
  const { api, asked } = node(open, open, incomplete());
  const opened = new Opened(api, 't');
  await vi.advanceTimersByTimeAsync(0);
  expect(opened.trace?.spans).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(opened.trace?.spans).toHaveLength(incomplete().spans.length);
  expect(asked()).toBe(3);
});

it('reads a trace again of which a node did not hand over its part, unless that node was silent all along', async () => {
  const part = { ...incomplete(), missing: [], silent: ['node-2', 'node-3'] };
  const { api, asked } = node(part, incomplete());
  const opened = new Opened(api, 't');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(opened.trace?.missing).toEqual(['node-3']);
  expect(asked()).toBe(2);
});

it('shows what there is of a trace that stays open, and asks no more', async () => {
  const { api, asked } = node(open);
  const opened = new Opened(api, 't');
  await vi.advanceTimersByTimeAsync(10_000);
  const times = asked();
  expect(times).toBeLessThan(10);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked()).toBe(times);
  expect(opened.fault).toBeUndefined();
  expect(opened.trace).toBeDefined();
});

it('asks no more when it is closed', async () => {
  const { api, asked } = node(missing);
  const opened = new Opened(api, 't');
  await vi.advanceTimersByTimeAsync(0);
  opened.close();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked()).toBe(1);
  expect(opened.fault).toBeUndefined();
});
