import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Connection } from './connection';
import { initial, type ConnectionState } from './connection-state';
import type { PageLife } from '../../shared/page-life';
import { Peer } from './peer.fixture';

let peer: Peer;
let state: ConnectionState;
let states: ConnectionState[];
/** What the connection said of the room. */
let told: string[];
/** What is shown to the node. */
let token: string;
let page: PageLife;
let connection: Connection;

beforeEach(async () => {
  peer = await Peer.start();
  state = initial;
  states = [];
  told = [];
  token = '';
});
afterEach(async () => {
  connection.close();
  await peer.stop();
});

function connect(idUser: string | null = 'foo'): void {
  connection = new Connection(
    { room: 'Maths', idUser: idUser ?? undefined, token: () => token },
    {
      stateChanged: (next) => states.push((state = next)),
      entered: (idSocket, node) => told.push(`entered ${idSocket} ${node}`),
      closed: () => told.push('closed'),
      connected: (idSocket, who) => told.push(`connected ${idSocket} ${who}`),
      disconnected: (idSocket) => told.push(`disconnected ${idSocket}`),
      identityChanged: (who, version) => told.push(`changed ${who} ${version}`),
      expiring: (at) => told.push(`expires ${at}`),
    },
    peer.origin,
    (life) => {
      page = life;
      return () => {};
    },
  );
}

const patient = { timeout: 4_500, interval: 5 };
const awaits = (want: ConnectionState['state']) => vi.waitFor(() => expect(state.state).toBe(want), patient);

async function enter(idUser?: string): Promise<void> {
  connect(idUser);
  await awaits('live');
}

test.each([
  'foo',
  '007',
  '+7',
  'auth0|5f7c',
  'ann@example.com',
  '日本',
  'a&b=c',
  '98765432109876543210',
  'x'.repeat(255),
])('the user %j is asked for as such', async (idUser) => {
  await enter(idUser);
  expect(new URLSearchParams(peer.queries[0]).get('id_user')).toBe(idUser);
});

test('what happens in the room is told, of users whose id is text', async () => {
  await enter();
  peer.say(
    '42["socket-connected","s",{"id_user":"007","room":"Maths","node":"n","since":"","data":{},"epoch":1,"seq":2}]',
  );
  peer.say('42["socket-connected","t",{"id_user":7}]');
  peer.say('42["identity-change",{"id_user":"日本","version":2}]');
  peer.say('42["socket-disconnected","s",{"id_user":"007","epoch":1,"seq":3}]');
  await vi.waitFor(() => expect(told).toHaveLength(4), patient);
  expect(told).toEqual(['entered socket-1 node-1', 'connected s 007', 'changed 日本 2', 'disconnected s']);
});

test.each(['hang up', 'hang up at once'] as const)(
  'a node that does not let us in just now and does %j is tried until it does',
  async (how) => {
    peer.behaviour = how;
    connect();
    await awaits('turned-away');
    expect(state.retryAt).toBeGreaterThan(Date.now());
    await vi.waitFor(() => expect(state.failures).toBe(2), patient);
    expect(state.state).toBe('turned-away');
    peer.behaviour = 'admit';
    await awaits('live');
  },
);

test('a refusal is final, until it is tried again', async () => {
  await enter();
  peer.behaviour = { refuse: 'There is no user foo.', code: 'unknown_user' };
  peer.cut(); // as the user was removed
  await awaits('refused');
  expect(state.refusal).toEqual({ reason: 'There is no user foo.', code: 'unknown_user' });
  expect(state.retryAt).toBeUndefined();
  const tries = peer.queries.length;
  page.awake();
  page.gone();
  page.back();
  expect(state.state).toBe('refused');
  expect(peer.queries).toHaveLength(tries);
  peer.behaviour = 'admit'; // and is there again
  connection.retry();
  await awaits('live');
  expect(peer.queries).toHaveLength(tries + 1);
});

test.each([
  ['the connection is cut', () => peer.cut()],
  ['the node says goodbye', () => peer.say('41')],
  ['the node talks nonsense', () => peer.say('nonsense')],
])('when %s, we come back', async (_, end) => {
  await enter();
  end();
  await awaits('reconnecting');
  await awaits('live');
  expect(told).toEqual(['entered socket-1 node-1', 'closed', 'entered socket-2 node-1']);
});

test('a node that is not there is tried until it is, and counts once for each try', async () => {
  const { port } = peer;
  await peer.stop();
  connect();
  await awaits('offline');
  expect(states.filter(({ retryAt }) => retryAt !== undefined).map(({ failures }) => failures)).toEqual([1, 2, 3]);
  peer = await Peer.start(port);
  page.awake();
  await awaits('live');
});

test('a page that is gone is in no room, and is in it again when it is back', async () => {
  await enter();
  page.gone();
  await vi.waitFor(() => expect(peer.heard).toContain('41'), patient);
  expect(told).toEqual(['entered socket-1 node-1', 'closed']);
  expect(state).toEqual({ state: 'reconnecting', failures: 0 });
  page.back();
  await awaits('live');
  expect(told).toEqual(['entered socket-1 node-1', 'closed', 'entered socket-2 node-1']);
});

test('a page that is gone while it waits does not try', async () => {
  peer.behaviour = 'hang up';
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    connect();
    await vi.waitUntil(() => state.state === 'turned-away', { timeout: 4_500, interval: 0 });
    page.gone();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
  peer.behaviour = 'admit';
  page.back();
  await awaits('live');
});

test('a page that is seen again tries at once', async () => {
  peer.behaviour = 'hang up';
  connect();
  await awaits('turned-away');
  peer.behaviour = 'admit';
  const seen = Date.now();
  expect(state.retryAt).toBeGreaterThan(seen + 200);
  page.awake();
  await awaits('live');
  expect(Date.now()).toBeLessThan(seen + 200);
});

test('a connection that a sleep has outlasted is found to be gone when the device wakes', async () => {
  await enter();
  page.awake();
  expect(state.state).toBe('live');
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
  try {
    page.awake();
    await awaits('reconnecting');
  } finally {
    vi.restoreAllMocks();
  }
  await awaits('live');
});

test('a short loss of the network leaves the connection standing', async () => {
  await enter();
  page.offline();
  expect(state.state).toBe('offline');
  page.awake();
  expect(state.state).toBe('live');
  expect(peer.queries).toHaveLength(1);
});

test('a node that keeps us waiting for too long is tried anew', async () => {
  peer.behaviour = 'keep waiting';
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    connect();
    await vi.waitUntil(() => peer.heard.includes('40{}'), { timeout: 4_500, interval: 0 });
    await vi.advanceTimersByTimeAsync(31_000);
    expect(state.state).toBe('turned-away');
  } finally {
    vi.useRealTimers();
  }
  peer.behaviour = 'admit';
  connection.retry();
  await awaits('live');
});

test('a token is shown by each connection, the newest', async () => {
  token = 'a.b.c';
  await enter();
  expect(peer.queries[0]).not.toContain('a.b.c');
  token = 'd.e.f';
  peer.cut();
  await vi.waitFor(() => expect(peer.heard).toHaveLength(2), patient);
  expect(peer.heard).toEqual(['40{"token":"a.b.c"}', '40{"token":"d.e.f"}']);
});

test('an address that names nobody sends nobody', async () => {
  connect(null);
  await awaits('live');
  expect(new URLSearchParams(peer.queries[0]).has('id_user')).toBe(false);
});

test('that the token expires is told', async () => {
  await enter();
  peer.say('42["token-expiring",{"expires":"2026-11-29T12:00:00Z"}]');
  await vi.waitFor(() => expect(told).toContain('expires 1795953600000'), patient);
});

test('another token is shown in place, and what the node says of it is told', async () => {
  await enter();
  const taken = connection.renew('d.e.f');
  await vi.waitFor(() => expect(peer.heard).toContain('420["token","d.e.f"]'), patient);
  peer.say('430[{"ok":true,"left":["Maths"]}]');
  await expect(taken).resolves.toEqual({ ok: true, left: ['Maths'] });
  const refused = connection.renew('x');
  await vi.waitFor(() => expect(peer.heard).toContain('421["token","x"]'), patient);
  peer.say('431[{"ok":false,"error":"It is not good.","code":"bad_token"}]');
  await expect(refused).resolves.toEqual({ ok: false, problem: 'It is not good.' });
  const unheard = connection.renew('y');
  await vi.waitFor(() => expect(peer.heard).toContain('422["token","y"]'), patient);
  peer.cut();
  await expect(unheard).resolves.toMatchObject({ ok: false });
});

test.each(['token_expired', 'token_revoked', 'unknown_user', 'closed'])(
  'a node that closes for %s is not come back to by ourselves',
  async (code) => {
    await enter();
    peer.say(`42["closing",{"code":"${code}","error":"So it is."}]`);
    if (code === 'closed') peer.say('41');
    else peer.cut();
    await awaits('refused');
    expect(state.refusal).toEqual({ code, reason: 'So it is.' });
    expect(told.at(-1)).toBe('closed');
    expect(peer.queries).toHaveLength(1);
    connection.retry();
    await awaits('live');
  },
);

test('a node that closes for a reason that passes is come back to', async () => {
  await enter();
  peer.say('42["closing",{"code":"draining","error":"Come back."}]');
  peer.cut();
  await awaits('reconnecting');
  await awaits('live');
});

test('who is taken out of the room leaves, and of another room stays', async () => {
  await enter();
  peer.say('42["removed",{"room":"foo","code":"removed"}]');
  peer.say('42["removed",{"room":"Maths","code":"removed"}]');
  await awaits('refused');
  expect(state.refusal?.code).toBe('removed');
  expect(told).toEqual(['entered socket-1 node-1', 'closed']);
});
