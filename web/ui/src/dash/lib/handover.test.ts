import { afterEach, expect, test } from 'vitest';
import { Handover } from './handover';

const tabs: Handover[] = [];

afterEach(() => tabs.splice(0).forEach((tab) => tab.close()));

/** A tab that can give a token, and what it receives. */
function tab(token: string, receive: (token: string) => void = () => {}): Handover {
  const handover = new Handover(() => token, receive);
  tabs.push(handover);
  return handover;
}

/** What a new tab without a token receives. */
function asks(): Promise<string> {
  return new Promise((resolve) => tab('', resolve).ask());
}

test('a tab that was let in gives its token to one that asks', async () => {
  tab('');
  tab('secret');
  await expect(asks()).resolves.toBe('secret');
});

test('nobody receives what was not asked for, nor anything twice', async () => {
  const received: string[] = [];
  tab('', (token) => received.push(`not asked: ${token}`));
  tab('secret');
  tab('secret, too');
  const once = tab('', (token) => received.push(token));
  once.ask();
  await asks(); // by then all answers to the first have come
  await asks();
  expect(received).toHaveLength(1);
  expect(received[0]).toMatch(/^secret/);
});
