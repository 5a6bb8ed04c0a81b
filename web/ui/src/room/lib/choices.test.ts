import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiError, readUsers, readUsersPage, type User } from '../../shared/api';
import { Choices } from './choices.svelte';

vi.mock('../../shared/api', { spy: true });
const page = vi.mocked(readUsersPage);
const byId = vi.mocked(readUsers);

const user = (id_user: string, name: string): User => ({ id_user, name, version: 1 });
let choices: Choices;

beforeEach(() => {
  vi.useFakeTimers();
  page.mockReset();
  byId.mockReset().mockResolvedValue([]);
  choices = new Choices('a.b.c');
});
afterEach(() => {
  choices.stop();
  vi.useRealTimers();
});

const found = () => choices.found.map(({ idUser }) => idUser);

/** Of three pages the first two are known. */
async function begin(): Promise<void> {
  page
    .mockResolvedValueOnce({ users: [user('007', 'Mary'), user('7', 'Mary')], next: '/users?cursor=1' })
    .mockResolvedValueOnce({ users: [user('ann@example.com', 'Ann'), user('日本', 'Zoë')], next: '/users?cursor=2' });
  await choices.begin();
  await choices.readMore();
}

/** Types, and lets the typing rest. */
async function type(words: string): Promise<void> {
  choices.lookFor(words);
  await vi.advanceTimersByTimeAsync(1_000);
}

test('a page is read at a time, and all that were read are shown by name, then id', async () => {
  await begin();
  expect(page.mock.calls).toEqual([
    [100, 'a.b.c'],
    ['/users?cursor=1', 'a.b.c'],
  ]);
  expect(found()).toEqual(['ann@example.com', '007', '7', '日本']);
  expect(choices.more).toBe(true);
  page.mockResolvedValueOnce({ users: [user('x', 'Bob')], next: undefined });
  await choices.readMore();
  expect(found()).toEqual(['ann@example.com', 'x', '007', '7', '日本']);
  expect(choices.more).toBe(false);
  await choices.readMore();
  expect(page).toHaveBeenCalledTimes(3);
});

test('a page that cannot be read is read again, and what was read stays', async () => {
  await begin();
  page
    .mockRejectedValueOnce(new ApiError(503, 'Too busy'))
    .mockResolvedValueOnce({ users: [user('x', 'Bob')], next: undefined });
  await choices.readMore();
  expect(choices.problem).toBe('Too busy');
  expect(found()).toHaveLength(4);
  await choices.readMore();
  expect(choices.problem).toBe('');
  expect(page).toHaveBeenLastCalledWith('/users?cursor=2', 'a.b.c');
  expect(found()).toHaveLength(5);
});

test.each([
  ['mar', ['007', '7']],
  ['7', ['7']],
  ['007', ['007']],
  ['zoe', ['日本']],
  ['日本', ['日本']],
  ['ann@example.com', ['ann@example.com']],
  ['  7 ', ['7']],
  ['nobody', []],
])('%j finds %j', async (words, want) => {
  await begin();
  await type(words);
  expect(found()).toEqual(want);
});

test.each(['auth0|5f7c', '98765432109876543210', '+7', 'x'.repeat(255)])(
  'who has the very id %j is found, on whichever page they are',
  async (id) => {
    await begin();
    byId.mockResolvedValue([user(id, 'Somebody')]);
    await type(id);
    expect(byId.mock.calls).toEqual([[[id], 'a.b.c']]);
    expect(found()).toEqual([id]);
  },
);

test('an id is looked up when the typing rests, and not what cannot be one', async () => {
  await begin();
  for (const words of ['a', 'au', 'aut']) {
    choices.lookFor(words);
    await vi.advanceTimersByTimeAsync(100);
  }
  await type('auth');
  await type('x'.repeat(256));
  await type('');
  expect(byId.mock.calls).toEqual([[['auth'], 'a.b.c']]);
});

test('a look-up that fails finds nobody, and the next may', async () => {
  await begin();
  byId.mockRejectedValueOnce(new Error('offline')).mockResolvedValueOnce([user('bob', 'Bob')]);
  await type('bo');
  expect(found()).toEqual([]);
  await type('bob');
  expect(found()).toEqual(['bob']);
});

test('when all are known nobody need be looked up', async () => {
  page.mockResolvedValueOnce({ users: [user('7', 'Mary')], next: undefined });
  await choices.begin();
  await type('8');
  expect(byId).not.toHaveBeenCalled();
  expect(found()).toEqual([]);
});

test('to begin anew forgets who has been removed, and late answers', async () => {
  await begin();
  let late: (page: { users: User[]; next: undefined }) => void = () => {};
  page
    .mockReturnValueOnce(new Promise((resolve) => (late = resolve)))
    .mockResolvedValueOnce({ users: [user('7', 'Maria')], next: undefined });
  const more = choices.readMore();
  await choices.begin();
  late({ users: [user('x', 'Bob')], next: undefined });
  await more;
  expect(choices.known).toEqual([{ idUser: '7', name: 'Maria' }]);
  expect(choices.reading).toBe(false);
});

test.each([401, 403])('users that are not for us to see, by a %d, are no problem', async (status) => {
  page
    .mockRejectedValueOnce(new ApiError(status, 'Show a token'))
    .mockResolvedValueOnce({ users: [], next: undefined });
  await choices.begin();
  expect(choices.locked).toBe(true);
  expect(choices.problem).toBe('');
  await choices.begin();
  expect(choices.locked).toBe(false);
});
