import { afterEach, expect, test, vi } from 'vitest';
import { ApiError, callRoll, readUsers, renameUser } from './api';

const fetched = vi.fn<typeof fetch>();
vi.stubGlobal('fetch', fetched);
afterEach(() => fetched.mockReset());

const json = (body: unknown, status = 200, type = 'application/json') =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': type } });

test('a room name is one path segment, whatever is in it', async () => {
  fetched.mockResolvedValue(json({ room: 'a/b?', users: [] }));
  await callRoll('a/b?');
  expect(fetched.mock.calls[0]?.[0]).toBe('/api/rooms/a%2Fb%3F');
});

test('a roll call asks for its trace to be kept', async () => {
  fetched.mockResolvedValue(json({ room: 'foo', users: [] }));
  await callRoll('foo');
  expect(fetched.mock.calls[0]?.[1]?.headers).toMatchObject({ traceparent: expect.stringMatching(/^00-.*-01$/) });
});

test('users are read by id', async () => {
  fetched.mockResolvedValue(json([]));
  await readUsers([1, 2]);
  expect(fetched.mock.calls[0]?.[0]).toBe('/users?id_user=1,2');
});

test('a rename says which version it saw', async () => {
  fetched.mockResolvedValue(new Response(null, { status: 204 }));
  await renameUser(2, 'Maria', 5);
  const [path, init] = fetched.mock.calls[0] ?? [];
  expect(path).toBe('/users/2');
  expect(init).toMatchObject({ method: 'PUT', body: '{"name":"Maria"}', headers: { 'If-Match': '"5"' } });
});

test('a problem is told in the words of the server', async () => {
  fetched.mockResolvedValue(
    json({ title: 'Invalid name', detail: 'A name has at most 80 characters.' }, 422, 'application/problem+json'),
  );
  const error = await renameUser(2, 'x', 1).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 422, title: 'Invalid name', message: 'A name has at most 80 characters.' });
});

test('a failure without a problem body still has a title', async () => {
  fetched.mockResolvedValue(new Response('<h1>Bad Gateway</h1>', { status: 502, statusText: 'Bad Gateway' }));
  await expect(callRoll('foo')).rejects.toMatchObject({ status: 502, message: 'Bad Gateway' });
});

test('no answer at all is an ApiError of status 0', async () => {
  fetched.mockRejectedValue(new TypeError('failed to fetch'));
  await expect(callRoll('foo')).rejects.toMatchObject({ status: 0 });
});
