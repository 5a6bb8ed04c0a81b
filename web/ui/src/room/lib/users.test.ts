import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { User } from '../../shared/api';
import { Users } from './users';

const mary = (version: number, name = `Mary ${version}`): User => ({ id_user: 'mary', name, version });

const read = vi.fn<(ids: readonly string[]) => Promise<User[]>>();
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

/** Has a user be known. */
async function know(user: User): Promise<void> {
  read.mockResolvedValueOnce([user]);
  await users.readNow(user.id_user);
  changed.mockReset();
  read.mockReset();
}

/** Answers that come when they are told to, in the order of their questions. */
function answers(): ((users: User[]) => void)[] {
  const all: ((users: User[]) => void)[] = [];
  read.mockImplementation(() => new Promise((resolve) => all.push(resolve)));
  return all;
}

test('all who are wanted in one moment are read in one request', async () => {
  read.mockResolvedValue([mary(1), { id_user: '007', name: 'Mike', version: 1 }]);
  users.want('mary');
  users.want('007');
  users.want('mary');
  await now();
  expect(read.mock.calls).toEqual([[['mary', '007']]]);
  expect(users.get('007')?.name).toBe('Mike');
  expect(changed).toHaveBeenCalledOnce();
});

test.each([
  ['007', '7'],
  ['7', '+7'],
  ['98765432109876543210', '98765432109876543211'],
  ['9007199254740993', '9007199254740992'],
  ['é', 'e\u0301'],
  ['a', 'A'],
  ['constructor', '__proto__'],
])('%j and %j are two users', async (one, other) => {
  read.mockImplementation((ids) => Promise.resolve(ids.map((id) => ({ id_user: id, name: `of ${id}`, version: 1 }))));
  users.want(one);
  await now();
  expect(users.settled(other)).toBe(false);
  users.want(other);
  await now();
  expect(users.get(one)?.name).toBe(`of ${one}`);
  expect(users.get(other)?.name).toBe(`of ${other}`);
});

test('more than one address can name are read in parts', async () => {
  const many = Array.from({ length: 30 }, (_, i) => `${i}`.padStart(3, '0') + '日'.repeat(84));
  read.mockImplementation((ids) => Promise.resolve(ids.map((id) => ({ id_user: id, name: id, version: 1 }))));
  for (const id of many) users.want(id);
  await vi.advanceTimersByTimeAsync(100);
  expect(many.every((id) => users.get(id)?.name === id)).toBe(true);
  expect(read.mock.calls.length).toBeGreaterThan(1);
  expect(read.mock.calls.flatMap(([ids]) => ids)).toEqual(many);
});

test('who is known is not read again, unless at a later version', async () => {
  await know(mary(4));
  users.want('mary');
  users.want('mary', 4);
  await now();
  expect(read).not.toHaveBeenCalled();
  read.mockResolvedValue([mary(5)]);
  users.want('mary', 5);
  await now();
  expect(users.get('mary')?.name).toBe('Mary 5');
});

test('of two answers that were under way together the higher version counts', async () => {
  const answer = answers();
  void users.readNow('mary');
  void users.readNow('mary');
  answer[1]?.([mary(5)]);
  await now();
  answer[0]?.([mary(3)]);
  await now();
  expect(users.get('mary')?.name).toBe('Mary 5');
  expect(changed).toHaveBeenCalledOnce();
});

test('an answer older than what was announced is asked for again', async () => {
  read.mockResolvedValueOnce([mary(1)]).mockResolvedValueOnce([mary(2)]);
  users.want('mary', 2);
  await now();
  expect(users.get('mary')?.version).toBe(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(users.get('mary')?.version).toBe(2);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(read).toHaveBeenCalledTimes(2);
});

test('a read that fails is tried again, with what was wanted meanwhile', async () => {
  read.mockRejectedValueOnce(new Error('offline')).mockResolvedValueOnce([mary(1)]);
  users.want('mary');
  await now();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(users.get('mary')?.name).toBe('Mary 1');
});

test('while reads fail, wanting more does not make them come faster', async () => {
  read.mockRejectedValue(new Error('offline'));
  for (let i = 0; i < 600; i++) {
    users.want(`user ${i}`);
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(read.mock.calls.length).toBeGreaterThan(6);
  expect(read.mock.calls.length).toBeLessThan(16);
});

test('a change announced while its user is being read is read afterwards', async () => {
  const answer = answers();
  users.want('mary', 1);
  await now();
  users.want('mary', 2);
  await now();
  expect(read).toHaveBeenCalledOnce();
  answer[0]?.([mary(1)]);
  await now();
  answer[1]?.([mary(2)]);
  await now();
  expect(users.get('mary')?.version).toBe(2);
});

test('while it is stopped nothing is read, and afterwards what was left', async () => {
  read.mockRejectedValueOnce(new Error('The token has expired'));
  users.want('mary');
  await now();
  users.stop();
  users.want('007');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(read).toHaveBeenCalledOnce();
  read.mockResolvedValue([mary(1)]);
  users.start();
  await now();
  expect(read.mock.lastCall).toEqual([['mary', '007']]);
  expect(users.get('mary')?.name).toBe('Mary 1');
});

test('what fails when it was stopped meanwhile is read once it is started', async () => {
  read.mockRejectedValueOnce(new Error('The token has expired'));
  users.want('mary');
  vi.advanceTimersByTime(0);
  users.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(read).toHaveBeenCalledOnce();
  read.mockResolvedValue([mary(1)]);
  users.start();
  await now();
  expect(users.get('mary')?.name).toBe('Mary 1');
});

test('a user who does not exist is settled, and not asked for for ever', async () => {
  read.mockResolvedValue([]);
  users.want('ghost');
  await now();
  expect(users.settled('ghost')).toBe(true);
  expect(changed).toHaveBeenCalledOnce();
  users.want('ghost');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(read).toHaveBeenCalledOnce();
});

test('a user can be read again without knowing the version to expect', async () => {
  await know(mary(1));
  read.mockResolvedValue([mary(2)]);
  users.reread('mary');
  await now();
  expect(users.get('mary')?.version).toBe(2);
});

test('who is read again and is as before is the same object', async () => {
  await know(mary(1));
  const before = users.get('mary');
  read.mockResolvedValue([mary(1)]);
  users.reread('mary');
  await now();
  expect(users.get('mary')).toBe(before);
  expect(changed).not.toHaveBeenCalled();
});

describe('a user who was removed', () => {
  beforeEach(async () => {
    await know(mary(5));
    read.mockResolvedValueOnce([]);
    users.reread('mary');
    await now();
  });

  test('is not known any more', () => {
    expect(users.get('mary')).toBeUndefined();
    expect(users.settled('mary')).toBe(true);
    expect(changed).toHaveBeenCalledOnce();
  });

  test('is known again when made anew, from the first version on', async () => {
    read.mockResolvedValueOnce([mary(1, 'Maria')]);
    users.reread('mary');
    await now();
    expect(users.get('mary')).toEqual(mary(1, 'Maria'));
  });
});

test('a user who was made anew unseen is not shown as before', async () => {
  await know(mary(5));
  read.mockResolvedValue([mary(5, 'Maria')]);
  users.reread('mary');
  await now();
  expect(users.get('mary')?.name).toBe('Maria');
  read.mockResolvedValue([mary(1, 'Marie')]);
  expect((await users.readNow('mary'))?.name).toBe('Marie');
  expect(users.get('mary')?.name).toBe('Marie');
  expect(changed).toHaveBeenCalledTimes(2);
});

test('an answer from before a user was read anew does not bring back the removed', async () => {
  await know(mary(1));
  const answer = answers();
  void users.readNow('mary');
  void users.readNow('mary');
  answer[1]?.([]);
  await now();
  expect(users.get('mary')).toBeUndefined();
  answer[0]?.([mary(1)]);
  await now();
  expect(users.get('mary')).toBeUndefined();
});
