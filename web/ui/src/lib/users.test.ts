import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { User } from './api';
import { Users } from './users';

const mary = (version: number, name = `Mary ${version}`): User => ({ id_user: 2, name, version });

const read = vi.fn<(ids: readonly number[]) => Promise<User[]>>();
const changed = vi.fn();
let users: Users;

beforeEach(() => {
  vi.useFakeTimers();
  read.mockReset();
  changed.mockReset();
  users = new Users(read, changed);
});
afterEach(() => {
  users.stop();
  vi.useRealTimers();
});

const now = () => vi.advanceTimersByTimeAsync(0);

test('all who are wanted in one moment are read in one request', async () => {
  read.mockResolvedValue([mary(1), { id_user: 3, name: 'Mike', version: 1 }]);
  users.want(2);
  users.want(3);
  users.want(2);
  await now();
  expect(read.mock.calls).toEqual([[[2, 3]]]);
  expect(users.get(3)?.name).toBe('Mike');
  expect(changed).toHaveBeenCalledOnce();
});

test('who is known is not read again, unless at a later version', async () => {
  users.accept([mary(4)]);
  users.want(2);
  users.want(2, 4);
  await now();
  expect(read).not.toHaveBeenCalled();
  read.mockResolvedValue([mary(5)]);
  users.want(2, 5);
  await now();
  expect(users.get(2)?.name).toBe('Mary 5');
});

test('a late answer with a lower version is dropped', () => {
  users.accept([mary(5)]);
  users.accept([mary(3)]);
  users.accept([mary(5, 'somebody else')]);
  expect(users.get(2)?.name).toBe('Mary 5');
  expect(changed).toHaveBeenCalledOnce();
});

test('an answer older than what was announced is asked for again', async () => {
  read.mockResolvedValueOnce([mary(1)]).mockResolvedValueOnce([mary(2)]);
  users.want(2, 2);
  await now();
  expect(users.get(2)?.version).toBe(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(users.get(2)?.version).toBe(2);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(read).toHaveBeenCalledTimes(2);
});

test('a read that fails is tried again, with what was wanted meanwhile', async () => {
  read.mockRejectedValueOnce(new Error('offline')).mockResolvedValueOnce([mary(1)]);
  users.want(2);
  await now();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(users.get(2)?.name).toBe('Mary 1');
});

test('a change announced while its user is being read is read afterwards', async () => {
  let answer: (users: User[]) => void = () => {};
  read.mockReturnValueOnce(new Promise((resolve) => (answer = resolve))).mockResolvedValueOnce([mary(2)]);
  users.want(2, 1);
  await now();
  users.want(2, 2);
  await now();
  expect(read).toHaveBeenCalledOnce();
  answer([mary(1)]);
  await now();
  expect(users.get(2)?.version).toBe(2);
});

test('a user who does not exist is settled, and not asked for for ever', async () => {
  read.mockResolvedValue([]);
  users.want(99);
  await now();
  expect(users.settled(99)).toBe(true);
  expect(changed).toHaveBeenCalledOnce();
  users.want(99);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(read).toHaveBeenCalledOnce();
});

test('a user can be read again without knowing the version to expect', async () => {
  users.accept([mary(1)]);
  read.mockResolvedValue([mary(2)]);
  users.reread(2);
  await now();
  expect(users.get(2)?.version).toBe(2);
});
