import { afterEach, expect, test, vi } from 'vitest';
import { ApiError, callRoll, fitting, nextPage, readUsers, readUsersPage, renameUser } from './api';

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

test('a roll has a trace only if that is kept', async () => {
  const roll = (flags: string) =>
    new Response('{"room":"foo","trace_id":"t"}', {
      headers: { Traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-${flags}` },
    });
  fetched
    .mockResolvedValueOnce(roll('01'))
    .mockResolvedValueOnce(roll('00'))
    .mockResolvedValueOnce(json({ room: 'foo', trace_id: 't' }));
  expect((await callRoll('foo')).trace_id).toBe('t');
  expect((await callRoll('foo')).trace_id).toBe('');
  expect((await callRoll('foo')).trace_id).toBe('');
});

test('users are read by id', async () => {
  fetched.mockResolvedValue(json([]));
  await readUsers(['007', 'a,b', 'auth0|5f7c', 'ann@example.com', '+7', '日本']);
  expect(fetched.mock.calls[0]?.[0]).toBe(
    '/users?id_user=007&id_user=a%2Cb&id_user=auth0%7C5f7c&id_user=ann%40example.com&id_user=%2B7&id_user=%E6%97%A5%E6%9C%AC',
  );
});

test('no more ids are asked for at once than an address or a node can take', () => {
  const longest = Array.from({ length: 40 }, () => '日'.repeat(85));
  const many = Array.from({ length: 5_000 }, (_, i) => `${i}`);
  for (const ids of [longest, many]) {
    const fit = fitting(ids);
    expect(fit).toEqual(ids.slice(0, fit.length));
    expect(fit.length).toBeGreaterThan(6);
    expect(fit.length).toBeLessThanOrEqual(1_000);
    expect(fit.map((id) => `id_user=${encodeURIComponent(id)}`).join('&').length).toBeLessThan(8_000);
  }
  expect(fitting(['日'.repeat(3_000)])).toHaveLength(1);
  expect(fitting([])).toEqual([]);
});

test('all users are read page by page', async () => {
  const link = (target: string) => ({ headers: { Link: `<${target}>; rel="next"` } });
  fetched
    .mockResolvedValueOnce(new Response('[{"id_user":"a"}]', link('/users?cursor=a%7C1&limit=1')))
    .mockResolvedValueOnce(new Response('[{"id_user":"b"}]', { status: 200 }));
  const first = await readUsersPage(1);
  expect(first).toEqual({ users: [{ id_user: 'a' }], next: '/users?cursor=a%7C1&limit=1' });
  expect(await readUsersPage(first.next ?? '')).toEqual({ users: [{ id_user: 'b' }], next: undefined });
  expect(fetched.mock.calls.map(([path]) => path)).toEqual(['/users?limit=1', '/users?cursor=a%7C1&limit=1']);
});

test.each([
  [null, undefined],
  ['', undefined],
  ['</users?cursor=x>; rel="next"', '/users?cursor=x'],
  ['</users?cursor=x>; rel=next', '/users?cursor=x'],
  ['<?cursor=x>;rel="last NEXT"', '/users?cursor=x'],
  ['<http://elsewhere.example/users?cursor=x>; rel="next"', '/users?cursor=x'],
  ['</users?limit=2>; rel="first", </users?cursor=x,y;z>; title="a, b"; rel="next"', '/users?cursor=x,y;z'],
  ['</users?limit=2>; rel="first"; title="next"', undefined],
  ['</users?limit=2>, x; rel="next"', undefined],
])('the Link header %j names the next page %j', (header, path) => {
  expect(nextPage(header)).toBe(path);
});

test('a rename says which version it saw', async () => {
  fetched.mockResolvedValue(new Response(null, { status: 204 }));
  await renameUser('auth0|5f/7c', 'Maria', 5);
  const [path, init] = fetched.mock.calls[0] ?? [];
  expect(path).toBe('/users/auth0%7C5f%2F7c');
  expect(init).toMatchObject({ method: 'PUT', body: '{"name":"Maria"}', headers: { 'If-Match': '"5"' } });
});

test('a rename of a user whose id is a step in a path names it in the query', async () => {
  fetched.mockResolvedValue(new Response(null, { status: 204 }));
  await renameUser('..', 'Maria', 5);
  expect(fetched.mock.calls[0]?.[0]).toBe('/users?id_user=..');
});

test('a token goes along in a header, and nowhere else', async () => {
  fetched.mockImplementation(() => Promise.resolve(json([])));
  await callRoll('foo', 'a.b.c');
  await readUsers(['1'], 'a.b.c');
  await readUsersPage(5, 'a.b.c');
  await renameUser('1', 'Maria', 5, 'a.b.c');
  await callRoll('foo');
  for (const [path] of fetched.mock.calls) expect(path).not.toContain('a.b.c');
  const shown = fetched.mock.calls.map(([, init]) => new Headers(init?.headers).get('Authorization'));
  expect(shown).toEqual([...Array<string>(4).fill('Bearer a.b.c'), null]);
});

test('a problem says to programs what it is', async () => {
  fetched.mockResolvedValue(json({ title: 'No.', status: 403, code: 'no_right' }, 403, 'application/problem+json'));
  await expect(callRoll('foo')).rejects.toMatchObject({ status: 403, message: 'No.', code: 'no_right' });
});

test('a problem is told in the words of the server', async () => {
  fetched.mockResolvedValue(
    json({ title: 'Invalid name', detail: 'A name has at most 80 characters.' }, 422, 'application/problem+json'),
  );
  const error = await renameUser('2', 'x', 1).catch((e: unknown) => e);
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
