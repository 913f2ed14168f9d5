// Stream tokens: what they read, what they do not, where they work, and how they end. One-time sign-in codes.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openSocket } from './clients.mjs';
import { query } from './databases.mjs';
import { KEY, listen, runApi, sanitized, startApi, startSim, startTester } from './programs.mjs';
import { ADMIN_KEY, login, makeKey, makeUser, withAccounts } from './people.mjs';
import { noteSecret } from './secrets.mjs';
import { until } from './wait.mjs';

const routes = JSON.parse(readFileSync(new URL('routes.expected.json', import.meta.url), 'utf8'));
const limit = { timeout: 60_000 };

/** Ann owns the sessions `quiz` and `game`, Bob owns `bobs`. */
async function service(t, settings = {}) {
  const sim = await startSim('--user', 'host', '--rate', '40', '--count', '1000000');
  t.after(() => sim.stop());
  const api = await startApi(sim, { ...withAccounts, ...settings });
  t.after(() => api.stop());
  const people = {};
  for (const name of ['ann', 'bob']) {
    const { id } = await makeUser(api, name);
    people[name] = { ...(await makeKey(api, { user: name, name: 'k' })), user: id };
  }
  for (const [id, who] of [['quiz', 'ann'], ['game', 'ann'], ['bobs', 'bob']]) {
    const made = await api.call('/connect', { method: 'POST', key: people[who].key, body: { session_id: id, username: 'host' } });
    assert.equal(made.status, 200, JSON.stringify(made.json));
  }
  return { api, ...people };
}

const make = (api, credential, body) => api.call('/auth/stream-tokens', { method: 'POST', ...credential, body: { name: 'overlay', sessions: ['quiz'], ...body } });
async function made(api, credential, body) {
  const reply = await make(api, credential, body);
  assert.equal(reply.status, 201, JSON.stringify(reply.json));
  return { token: reply.json.token, ...reply.json.stream_token };
}
const revoke = (api, { key, id }) => api.call(`/auth/stream-tokens/${id}`, { method: 'DELETE', key });
const list = async (api, credential, query = '') => (await api.call(`/auth/stream-tokens${query}`, credential)).json;

/** The status of a GET, without waiting for the end of what has none. */
async function status(api, path, token, headers = {}) {
  const reply = await fetch(api.origin + path, { headers: { ...(token && { Authorization: `Bearer ${token}` }), ...headers } });
  await reply.body?.cancel();
  return reply.status;
}
/** What a socket does: `in`, or its close code. */
async function socketAnswer(api, path) {
  const socket = await listen(api, path, null);
  const first = await Promise.race([socket.closed.then(({ code }) => code), socket.until((m) => m.length > 1).then(() => 'in')]);
  socket.close();
  return first;
}

const reads = ['', '/events', '/events?limit=1&types=gift', '/stats', '/leaderboard', '/timeline', '/stream', '/events?follow=1'];

test('a stream token reads what its sessions are, and no other session or route', limit, async (t) => {
  const { api, ann } = await service(t);
  const token = await made(api, ann, { sessions: ['quiz', 'game'] });
  assert.match(token.token, /^st_[A-Za-z0-9_-]{43}$/);
  assert.equal(token.preview, token.token.slice(0, 8));
  assert.equal(Date.parse(token.expires_at) - Date.parse(token.created_at), 30 * 86_400_000);
  const follow = { Accept: 'application/x-ndjson' };
  for (const path of reads) {
    for (const session of ['quiz', 'game']) assert.equal(await status(api, `/sessions/${session}${path}`, token.token, path.includes('follow') ? follow : {}), 200, path);
    for (const session of ['bobs', 'nobodys']) assert.equal(await status(api, `/sessions/${session}${path}`, token.token), 403, path);
  }
  for (const path of ['/ws/events/', '/ws/comments/']) {
    assert.equal(await socketAnswer(api, `${path}quiz?token=${token.token}`), 'in');
    assert.equal(await socketAnswer(api, `${path}bobs?token=${token.token}`), 4003);
  }
  const facts = (await api.call('/sessions/quiz', { token: token.token })).json;
  assert.deepEqual([facts.session_id, 'shared_with' in facts], ['quiz', false]);
  assert.equal(await status(api, `/sessions/quiz/stream?token=${token.token}`), 200);
  assert.equal(await status(api, `/sessions/quiz/stats?token=${token.token}`), 401, 'query credentials are for sockets, streams and pictures');
  assert.equal((await api.call('/sessions', { key: token.token })).status, 401, 'it is no API key');

  // Every route, with a session that the token names: it is in, or 403, and nothing in between.
  let refused = 0;
  for (const route of routes.filter((r) => r.optional_auth && !r.websocket && !r.scoped_credentials)) {
    const path = route.path.replace('{id}', 'quiz').replace('{reader}', 'bob').replace('{username}', 'somebody').replace('{key}', 'A');
    const body = ['POST', 'PATCH'].includes(route.method) ? { no_such_field: 1 } : undefined;
    const reply = await api.call(path, { method: route.method, token: token.token, body });
    assert.deepEqual([reply.status, reply.json.error], [403, 'INSUFFICIENT_PERMISSIONS'], `${route.method} ${route.path}`);
    refused++;
  }
  assert.ok(refused > 30, `${refused} routes`);
  assert.equal((await api.call('/sessions/quiz', ann)).json.state, 'connected', 'none of them did anything');
  for (const path of ['/gifts/5655/image', `/gifts/5655/image?token=${token.token}`])
    assert.ok(![401, 403].includes(await status(api, path, path.includes('?') ? null : token.token)), path);
  assert.equal((await api.call('/healthcheck', { token: token.token })).status, 200, 'what is for everybody is for them too');

  const entry = (await list(api, ann)).stream_tokens[0];
  assert.deepEqual([entry.id, entry.username, entry.sessions, entry.types, entry.origins, entry.is_active], [token.id, 'ann', ['quiz', 'game'], [], [], true]);
  assert.ok(!JSON.stringify(entry).includes(token.token));
  const stored = query(api.folder, 'SELECT * FROM stream_tokens');
  assert.ok(stored.includes(token.id) && !stored.includes(token.token));
});

test('a stream token never reads more than its maker, and ends with them', limit, async (t) => {
  const { api, ann, bob } = await service(t);
  for (const sessions of [['bobs'], ['quiz', 'bobs'], ['nobodys']]) {
    const reply = await make(api, ann, { sessions });
    assert.deepEqual([reply.status, reply.json.details?.field], [404, 'sessions'], JSON.stringify(reply.json));
  }
  // Ann reads Bob's session while it is shared with her; so does her token.
  const share = (method) => api.call('/sessions/bobs/shares/ann', { method, key: bob.key });
  assert.equal((await share('PUT')).status, 201);
  const shared = await made(api, ann, { sessions: ['bobs', 'quiz'] });
  const open = await listen(api, `/ws/events/bobs?token=${shared.token}`, null);
  await open.until((m) => m.length > 1);
  const begun = Date.now();
  await share('DELETE');
  assert.equal((await open.closed).code, 4003, 'the session, and not the token, was taken away');
  assert.ok(Date.now() - begun <= (sanitized ? 5000 : 1000), `${Date.now() - begun} ms`);
  assert.equal(await status(api, '/sessions/bobs/stats', shared.token), 404);
  assert.equal(await status(api, '/sessions/quiz/stats', shared.token), 200);

  // A key that only reads makes one; one that may not read makes none. It ends with its key.
  const reader = await makeKey(api, { user: 'ann', name: 'reader', permissions: ['read'] });
  const writer = await makeKey(api, { user: 'ann', name: 'writer', permissions: ['write'] });
  assert.equal((await make(api, writer, {})).status, 403);
  const ofReader = await made(api, reader, {});
  assert.equal(await status(api, '/sessions/quiz', ofReader.token), 200);
  await api.call(`/auth/api-keys/${reader.id}`, { method: 'DELETE', key: ADMIN_KEY });
  assert.equal(await status(api, '/sessions/quiz', ofReader.token), 401);
  assert.equal((await list(api, ann)).stream_tokens.find((entry) => entry.id === ofReader.id).is_active, false);

  // A deleted session's id reads nothing, until the maker has a session of that id again.
  const game = await made(api, ann, { sessions: ['game'] });
  await api.call('/sessions/game', { method: 'DELETE', key: ann.key });
  assert.equal(await status(api, '/sessions/game', game.token), 404);
  await api.call('/connect', { method: 'POST', key: bob.key, body: { session_id: 'game', username: 'host' } });
  assert.equal(await status(api, '/sessions/game', game.token), 404, "somebody else's");

  // A token of a user of the settings.
  await api.call('/connect', { method: 'POST', key: KEY, body: { session_id: 'devs', username: 'host' } });
  const ofDev = await made(api, { key: KEY }, { sessions: ['devs'] });
  assert.equal(await status(api, '/sessions/devs', ofDev.token), 200);

  // Admins see all tokens and may end them; others see and end their own.
  assert.equal((await list(api, { key: ADMIN_KEY })).total, 4);
  assert.equal((await list(api, { key: ADMIN_KEY }, '?user=ann')).total, 3);
  assert.deepEqual([(await list(api, bob)).total, (await list(api, bob)).limit], [0, 100]);
  assert.equal((await api.call('/auth/stream-tokens?user=ann', bob)).status, 403);
  assert.equal((await revoke(api, { key: bob.key, id: shared.id })).status, 404);
  assert.equal((await revoke(api, { key: ADMIN_KEY, id: shared.id })).status, 200);
  assert.equal(await status(api, '/sessions/quiz', shared.token), 401);

  const trail = (await api.call('/monitoring/security/alerts?kind=stream_token_change', { key: ADMIN_KEY })).json;
  const ofShared = (trail.alerts ?? []).filter((entry) => entry.subject === shared.id).map((entry) => entry.reason);
  assert.deepEqual(ofShared.sort(), ['created for ann', 'revoked'], JSON.stringify(trail));
});

test('what a stream token has open closes within a second of its end', limit, async (t) => {
  const { api, ann } = await service(t);
  async function openAll(token) {
    const ended = [];
    for (const path of ['/ws/events/quiz', '/ws/comments/quiz']) {
      const socket = await listen(api, `${path}?token=${token}`, null);
      await socket.until((m) => m.length > 0);
      ended.push(socket.closed.then(({ code }) => [code, Date.now()]));
    }
    const ticket = (await api.call('/auth/tickets', { method: 'POST', token, body: { session_ids: ['quiz'] } })).json.ticket;
    const ticketed = await listen(api, `/ws/events/quiz?ticket=${ticket}`, null);
    await ticketed.until((m) => m.length > 0);
    ended.push(ticketed.closed.then(({ code }) => [code, Date.now()]));
    const stream = await fetch(`${api.origin}/sessions/quiz/stream`, { headers: { Authorization: `Bearer ${token}` } });
    ended.push(stream.text().then(() => [4001, Date.now()]));
    return ended;
  }
  async function ends(what, token, act) {
    const ended = await openAll(token.token);
    const entry = (await list(api, { key: ADMIN_KEY })).stream_tokens.find(({ id }) => id === token.id);
    assert.equal(entry.open_readers, 4, what);
    assert.ok(Date.now() - Date.parse(entry.last_used ?? entry.created_at) < 60_000);
    const begun = Date.now();
    await act();
    for (const one of ended) {
      const [code, when] = await one;
      assert.equal(code, 4001, what);
      assert.ok(when - begun <= (sanitized ? 5000 : 1000), `${what}: after ${when - begun} ms`);
    }
  }
  const one = await made(api, ann, {});
  await ends('a revocation', one, () => revoke(api, { key: ann.key, id: one.id }));
  const two = await made(api, ann, {});
  await ends('a revocation by a command', two, () => assert.equal(api.run(['stream-tokens', 'revoke', two.id]).code, 0));
  const three = await made(api, ann, {});
  await ends('its expiry', three, () => {
    query(api.folder, `UPDATE stream_tokens SET expires_at = 1 WHERE id = '${three.id}'; UPDATE auth_version SET version = version + 1;`);
  });
  const four = await made(api, ann, {});
  await ends('a disabled maker', four, () => api.call(`/auth/users/${ann.user}`, { method: 'PATCH', key: ADMIN_KEY, body: { is_active: false } }));
  await until('the use is stored', () => query(api.folder, `SELECT last_used > 0 FROM stream_tokens WHERE id = '${four.id}'`).match(/1|t/));
});

test('a stream token may be bound to event types and origins, and its tickets are too', limit, async (t) => {
  const { api, ann } = await service(t);
  const gifts = await made(api, ann, { types: ['gift', 'like'] });
  const asks = async (types) => (await api.call(`/sessions/quiz/events?${types}`, { token: gifts.token })).status;
  assert.deepEqual([await asks('types=gift'), await asks('types=gift,like'), await asks('types=comment'), await asks('types=gift,comment'), await asks('contains=quiz')], [200, 200, 403, 403, 403]);
  let page;
  await until('there are gifts and likes', async () => (page = (await api.call('/sessions/quiz/events?limit=1000', { token: gifts.token })).json).events.length > 3);
  assert.ok(page.events.every((event) => ['gift', 'like'].includes(event.type)));
  assert.equal(await socketAnswer(api, `/ws/comments/quiz?token=${gifts.token}`), 4003, 'no comments');
  assert.equal(await socketAnswer(api, `/ws/events/quiz?types=comment&token=${gifts.token}`), 4003);
  const ticketOf = async (token, headers = {}) => (await api.call('/auth/tickets', { method: 'POST', token, headers, body: { session_ids: ['quiz'] } })).json.ticket;
  const live = await listen(api, `/ws/events/quiz?ticket=${await ticketOf(gifts.token)}`, null, { all: true });
  await live.until((m) => m.length > 5);
  live.close();
  assert.deepEqual([...new Set(live.messages.slice(1).map((event) => event.type))].filter((type) => !['gift', 'like'].includes(type)), []);
  assert.equal(await socketAnswer(api, `/ws/comments/quiz?ticket=${await ticketOf(gifts.token)}`), 4003);
  const others = await api.call('/auth/tickets', { method: 'POST', token: gifts.token, body: { session_ids: ['quiz', 'game'] } });
  assert.equal(others.status, 403, 'a ticket for a session that it does not name');
  const picture = (await api.call('/auth/tickets', { method: 'POST', token: gifts.token, body: {} })).json.ticket;
  assert.equal(await status(api, `/profile/somebody/avatar?ticket=${picture}`), 403);
  const comments = await made(api, ann, { types: ['comment'] });
  assert.equal(await socketAnswer(api, `/ws/comments/quiz?token=${comments.token}`), 'in');

  const page3001 = 'http://localhost:3001';
  const bound = await made(api, ann, { origins: [page3001, 'null'] });
  const from = (origin) => status(api, '/sessions/quiz/stats', bound.token, origin ? { Origin: origin } : {});
  assert.deepEqual([await from(page3001), await from('null'), await from('http://localhost:3002'), await from('https://localhost:3001'), await from()], [200, 200, 403, 403, 403]);
  assert.equal(await socketAnswer(api, `/ws/events/quiz?token=${bound.token}`), 4003, 'a socket without an origin');
  const ticket = await ticketOf(bound.token, { Origin: page3001 });
  assert.equal(await status(api, `/sessions/quiz/stream?ticket=${ticket}`), 403, 'its ticket from nowhere');
  assert.equal(await status(api, `/sessions/quiz/stream?ticket=${await ticketOf(bound.token, { Origin: page3001 })}`, null, { Origin: page3001 }), 200);

  // The tester passes on no Origin, so such a token is not for its page, whatever the origin is.
  const tester = await startTester(api.origin);
  t.after(() => tester.stop());
  const through = { origin: `${tester.origin}/api` };
  const ofTester = await made(api, ann, { origins: [tester.origin] });
  assert.equal(await status(api, '/sessions/quiz/stats', ofTester.token, { Origin: tester.origin }), 200);
  assert.equal(await status(through, '/sessions/quiz/stats', ofTester.token, { Origin: tester.origin }), 403);
  const socket = await openSocket(`${through.origin}/ws/events/quiz?token=${ofTester.token}`, { headers: { Origin: tester.origin } });
  assert.match(await socket.closed, /^4003 /);
  assert.equal(await socketAnswer(through, `/ws/events/quiz?token=${gifts.token}`), 'in');
});

test('every fault of a new stream token is named, and there is a limit of them', limit, async (t) => {
  const { api, ann } = await service(t, { STREAM_TOKEN_MAX_PER_USER: '2' });
  const faults = async (body) => {
    const reply = await api.call('/auth/stream-tokens', { method: 'POST', ...ann, body });
    assert.equal(reply.status, 400, JSON.stringify([body, reply.json]));
    return reply.json.details.errors.map(({ field }) => field).sort();
  };
  const good = { name: 'overlay', sessions: ['quiz'] };
  assert.deepEqual(await faults({}), ['name', 'sessions']);
  assert.deepEqual(await faults({ ...good, sessions: [] }), ['sessions']);
  assert.deepEqual(await faults({ ...good, sessions: Array.from({ length: 21 }, (_, i) => `s${i}`) }), ['sessions']);
  assert.deepEqual(await faults({ ...good, name: '', sessions: ['a,b'], types: ['gifts'], origins: ['*'], expires_in_seconds: 59, permissions: [] }),
    ['expires_in_seconds', 'name', 'origins[0]', 'permissions', 'sessions[0]', 'types[0]']);
  assert.deepEqual(await faults({ ...good, expires_in_seconds: 30 * 86_400 + 1 }), ['expires_in_seconds']);
  assert.deepEqual(await faults({ ...good, types: [], origins: [] }), ['origins', 'types']);
  const short = await made(api, ann, { sessions: ['quiz', 'quiz'], expires_in_seconds: 60 });
  assert.deepEqual([short.sessions, Date.parse(short.expires_at) - Date.parse(short.created_at)], [['quiz'], 60_000]);
  await made(api, ann, { expires_in_seconds: 30 * 86_400 });
  const third = await make(api, ann, {});
  assert.deepEqual([third.status, third.json.message], [409, 'At most 2 active stream tokens a user (STREAM_TOKEN_MAX_PER_USER): revoke one first']);
  await revoke(api, { key: ann.key, id: short.id });
  assert.equal((await make(api, ann, {})).status, 201);
});

test('stream tokens have buckets of their own, survive restarts, and are in no log', limit, async (t) => {
  const settings = { ...withAccounts, RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_API_REQUESTS: '30', RATE_LIMIT_AUTH_REQUESTS: '30', LOG_LEVEL: 'DEBUG' };
  const first = await startApi(null, settings);
  await makeUser(first, 'ann');
  const key = (await makeKey(first, { user: 'ann', name: 'k' })).key;
  await first.stop({ keep: true });
  const columns = "(key, session_id, epoch, username, room_id, state, reason, wait_until_live, created_at, started_at, last_offset, bytes, cursor, owner, started_by, heard_at)";
  query(first.folder, `INSERT INTO sessions ${columns} SELECT 900, 'quiz', 'epoch-1', 'host', '', 'ended', '', ${process.env.PAPI_TEST_DATABASE ? 'false' : '0'}, 1, 0, 0, 0, '', id, '', 0 FROM users WHERE username = 'ann'`);
  let api = await startApi(null, settings, first.folder);
  t.after(() => api.stop());
  const command = api.run(['stream-tokens', 'create', '--user', 'ann', '--name', 'by command', '--session', 'quiz', '--type', 'gift', '--json']);
  assert.equal(command.code, 0, command.err);
  const { token, stream_token: entry } = JSON.parse(command.out);
  noteSecret(token);
  assert.deepEqual([entry.sessions, entry.types, entry.username], [['quiz'], ['gift'], 'ann']);
  assert.equal(api.run(['stream-tokens', 'create', '--user', 'ann', '--session', 'a/b']).code, 1);
  assert.notEqual(api.run(['stream-tokens', 'create', '--user', 'ann', '--session', 'quiz', '--seconds', '59']).code, 0);
  assert.match(api.run(['stream-tokens', 'list', '--user', 'ann']).out, new RegExp(`^${entry.id}  ${token.slice(0, 8)}…  ann  quiz  until .*  by command\n$`));

  // Its 30 requests are its own, and neither its maker's nor, by routes that it may not call, those of the user.
  for (let i = 0; i < 30; i++) assert.equal(await status(api, '/sessions/quiz', token), 200);
  assert.equal(await status(api, '/sessions/quiz', token), 429);
  for (let i = 0; i < 40; i++) await api.call('/auth/password', { method: 'POST', token, body: {} });
  assert.equal((await api.call('/sessions/quiz', { key })).headers.get('x-ratelimit-remaining'), '29');
  assert.notEqual((await api.call('/auth/api-keys', { method: 'POST', key, body: { name: 'k2' } })).status, 429);

  const reader = await listen(api, `/ws/events/quiz?token=${token}`, null);
  await reader.until((m) => m.length > 0);
  assert.equal(await status(api, `/auth/stream-tokens/${token}?token=${token}`), 405);
  await api.logged(/st_…/);
  const output = api.output();
  await api.stop({ keep: true });
  api = await startApi(null, settings, first.folder);
  assert.equal(await status(api, '/sessions/quiz', token), 200, 'it survives a restart');
  assert.equal((await api.call('/auth/stream-tokens', { key })).json.stream_tokens[0].name, 'by command');
  for (const text of [output, api.output()]) assert.ok(!text.includes(token.slice(8)), 'no secret in a log');
});

test('a sign-in code signs a browser in, once', limit, async (t) => {
  const api = await startApi(null, { ...withAccounts, API_KEY: KEY });
  t.after(() => api.stop());
  await makeUser(api, 'ann');
  const elsewhere = api.run(['users', 'sign-in-code', 'ann', '--tester-port', '3093']);
  assert.match(elsewhere.out, /^http:\/\/localhost:3093\/#code=/, elsewhere.err);
  noteSecret(elsewhere.out.trim().split('=')[1]);
  const codeOf = (user) => {
    const run = api.run(['users', 'sign-in-code', user]);
    assert.equal(run.code, 0, run.err);
    const [, code] = run.out.match(/^http:\/\/localhost:3001\/#code=([A-Za-z0-9_-]{22})\n$/);
    noteSecret(code);
    return code;
  };
  const use = (body) => api.call('/auth/login', { method: 'POST', key: null, body });
  const code = codeOf('ann');
  const signedIn = await use({ code });
  assert.equal(signedIn.status, 200, JSON.stringify(signedIn.json));
  assert.equal(signedIn.json.user.username, 'ann');
  assert.equal((await api.call('/auth/me', { token: signedIn.json.access_token })).json.username, 'ann');
  const again = await use({ code });
  assert.deepEqual([again.status, again.json.error, again.json.message.split(':')[0]], [401, 'AUTHENTICATION_FAILED', 'This sign-in code was used']);
  const wrong = await use({ code: randomBytes(16).toString('base64url') });
  assert.deepEqual([wrong.status, wrong.json.message.split(':')[0]], [401, 'Invalid sign-in code']);
  assert.equal((await use({ code: codeOf('admin') })).json.user.role, 'admin', 'the development admin, from near');
  const refused = runApi(['users', 'sign-in-code', 'dev'], { cwd: api.folder, env: { API_KEY: KEY } });
  assert.deepEqual([refused.code, refused.err], [1, 'profile-api users: a user of the settings has no login: sign in with the key itself\n']);
  assert.equal(api.run(['users', 'sign-in-code', 'nobody']).code, 1);
  const faults = async (body) => (await use(body)).json.details.errors.map(({ field }) => field).sort();
  assert.deepEqual(await faults({}), ['password', 'username']);
  assert.deepEqual(await faults({ code, username: 'ann', password: 'x' }), ['password', 'username']);
  assert.deepEqual(await faults({ code, username: 'ann' }), ['username']);
  assert.deepEqual(await faults({ code: 5 }), ['code']);
  assert.equal((await login(api, 'ann')).user.username, 'ann', 'a password works as before');
  assert.ok(!api.output().includes(code));
});
