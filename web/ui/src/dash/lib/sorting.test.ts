import { expect, it } from 'vitest';
import { resort, sorting } from './sorting';

it('sorts by another column in its own direction, and the same column the other way round', () => {
  expect(resort('kind', 'mailbox', true)).toBe('-mailbox');
  expect(resort('-mailbox', 'mailbox', true)).toBe('mailbox');
  expect(resort('mailbox', 'mailbox', true)).toBe('-mailbox');
  expect(resort('-mailbox', 'kind', false)).toBe('kind');
  expect(resort('kind', 'kind', false)).toBe('-kind');
});

it('says how a column is sorted', () => {
  expect(sorting('-mailbox', 'mailbox')).toBe('descending');
  expect(sorting('mailbox', 'mailbox')).toBe('ascending');
  expect(sorting('mailbox', 'kind')).toBe('none');
});
