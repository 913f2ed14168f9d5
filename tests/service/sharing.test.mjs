// A session that its owner shares: who reads it, what they may not, and how a share ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { query, refuse } from './databases.mjs';
import { listen, sanitized, startApi, startSim } from './programs.mjs';
import { ADMIN_KEY, login, makeKey, makeUser, withAccounts } from './people.mjs';
import { until } from './wait.mjs';

/** Ann owns the running session `quiz`. Bob, Carl and the read-only Rita are others, each with a key. */
async function service(t, settings = {}) {
  const sim = await startSim('--user', 'host', '--user', 'other', '--rate', '40', '--count', '1000000');
  t.after(() => sim.stop());
  const api = await startApi(sim, { ...withAccounts, ...settings });
  t.after(() => api.stop());
  const people = {};
  for (const [name, role] of [['ann', 'user'], ['bob', 'user'], ['carl', 'user'], ['rita', 'readonly']]) {
    const user = await makeUser(api, name, role);
    people[name] = { ...(await makeKey(api, { user: name, name: 'k' })), user: user.id };
  }
  const made = await connect(api, people.ann.key);
  assert.equal(made.status, 200, JSON.stringify(made.json));
  return { api, ...people };
}

const limit = { timeout: 90_000 };
const connect = (api, key, more = {}) => api.call('/connect', { method: 'POST', key, body: { session_id: 'quiz', username: 'host', ...more } });
const change = (api, method, key, reader, session = 'quiz') => api.call(`/sessions/${session}/shares/${encodeURIComponent(reader)}`, { method, key });
const share = async (api, owner, reader) => {
  const reply = await change(api, 'PUT', owner.key, reader);
  assert.equal(reply.status, 201, JSON.stringify(reply.json));
  return reply.json;
};
const status = async (api, key) => (await api.call('/sessions/quiz', { key })).status;
const sharedWith = async (api, key) => (await api.call('/sessions/quiz', { key })).json.shared_with;
const rows = (api) => query(api.folder, 'SELECT reader FROM session_shares ORDER BY shared_at, reader').split('\n').filter(Boolean);

const reads = ['', '/events', '/events?limit=1&types=gift', '/stats', '/leaderboard', '/timeline', '/export', '/export?format=csv', '/stream', '/events?follow=1'];
/** The status of a GET, without waiting for the end of what has none. */
async function read(api, path, credential) {
  const headers = credential.token ? { Authorization: `Bearer ${credential.token}` } : { 'X-API-Key': credential.key };
  if (path.includes('follow')) headers.Accept = 'application/x-ndjson';
  const reply = await fetch(`${api.origin}/sessions/quiz${path}`, { headers });
  await reply.body.cancel();
  return reply.status;
}
/** What a socket does: `in`, or its close code. */
async function open(api, path, credential) {
  const socket = await listen(api, `${path}?${credential.token ? `token=${credential.token}` : `api_key=${credential.key}`}`, null);
  const first = await Promise.race([socket.closed.then(({ code }) => code), socket.until((m) => m.length > 1).then(() => 'in')]);
  socket.close();
  return first;
}

test('a session is read by the user or the key that it is shared with, and changed by none of them', limit, async (t) => {
  const { api, ann, bob, carl, rita } = await service(t);
  const carls = await makeKey(api, { user: 'carl', name: 'another' });
  await share(api, ann, 'bob');
  await share(api, ann, 'RITA'); // names are names in any case
  await share(api, ann, carl.id);
  const bobs = (await login(api, 'bob')).access_token;

  const readers = { 'a key of the user': bob, 'a token of the user': { token: bobs }, 'a user who may only read': rita, 'the key': carl };
  const strangers = { 'another key of the same user': carls, 'a token of the owner of the key': { token: (await login(api, 'carl')).access_token } };
  for (const path of reads) {
    for (const [who, credential] of Object.entries(readers)) assert.equal(await read(api, path, credential), 200, `${who}: ${path}`);
    for (const [who, credential] of Object.entries(strangers)) assert.equal(await read(api, path, credential), 404, `${who}: ${path}`);
  }
  for (const [who, credential] of Object.entries(readers)) {
    assert.equal(await open(api, '/ws/events/quiz', credential), 'in', who);
    assert.equal(await open(api, '/ws/comments/quiz', credential), 'in', who);
    const { json } = await api.call('/sessions', { ...credential });
    assert.deepEqual(json.sessions.map((s) => [s.session_id, s.owner, 'shared_with' in s]), [['quiz', ann.user, false]], who);
  }
  for (const [who, credential] of Object.entries(strangers)) {
    assert.equal(await open(api, '/ws/events/quiz', credential), 4004, who);
    assert.equal((await api.call('/sessions', { ...credential })).json.total, 0, who);
  }
  // A ticket of a reader is worth what the reader may.
  const ticket = async (key) => (await api.call('/auth/tickets', { method: 'POST', key, body: { session_ids: ['quiz'] } })).json.ticket;
  const socket = await listen(api, `/ws/events/quiz?ticket=${await ticket(bob.key)}`, null);
  await socket.until((m) => m.length > 1);
  socket.close();

  const refused = (what) => [403, 'INSUFFICIENT_PERMISSIONS', `Session 'quiz' is shared with you for reading: only its owner may ${what}`];
  const gone = [404, 'NOT_FOUND', 'There is no session of that id'];
  const attempts = [
    { path: '/connect', method: 'POST', body: { session_id: 'quiz', username: 'host' }, reader: refused('connect it'), stranger: [409, 'CONFLICT', "session_id: 'quiz' is taken; choose another session_id"] },
    { path: '/connect', method: 'POST', body: { session_id: 'quiz', username: 'other', replace: true }, reader: refused('connect it'), stranger: [409, 'CONFLICT', "session_id: 'quiz' is taken; choose another session_id"] },
    { path: '/disconnect', method: 'POST', body: { session_id: 'quiz' }, reader: refused('disconnect it'), stranger: [200, undefined, 'There is no running session of that id'] },
    { path: '/sessions/quiz', method: 'DELETE', reader: refused('delete it'), stranger: gone },
    { path: '/sessions/quiz/shares/carl', method: 'PUT', reader: refused('share it'), stranger: gone },
    { path: '/sessions/quiz/shares/bob', method: 'DELETE', reader: refused('share it'), stranger: gone },
    { path: '/sessions/quiz/shares', method: 'GET', reader: refused('see its shares'), stranger: gone },
  ];
  for (const { reader, stranger, path, ...options } of attempts) {
    for (const [want, credential] of [[reader, bob], [reader, carl], [reader, { token: bobs }], [stranger, carls]]) {
      const { status, json } = await api.call(path, { ...options, key: credential.key, token: credential.token });
      assert.deepEqual([status, json.error, json.message], want, `${options.method} ${path}`);
    }
  }
  // Where already the permission is missing, that is said.
  assert.equal((await change(api, 'PUT', rita.key, 'carl')).json.details.required_permission, 'connect');
  assert.equal((await api.call('/sessions/cleanup', { method: 'POST', key: bob.key })).json.cleaned_sessions, 0);
  const after = (await api.call('/sessions/quiz', { key: ann.key })).json;
  assert.deepEqual([after.state, after.shared_with], ['connected', ['bob', 'rita', carl.id]], 'nothing of that had an effect');
  assert.deepEqual((await api.call('/sessions', { key: ADMIN_KEY })).json.sessions[0].shared_with, ['bob', 'rita', carl.id]);
});

test('what PUT, GET and DELETE answer, and what they refuse', limit, async (t) => {
  const { api, ann, bob, carl } = await service(t);
  const first = await change(api, 'PUT', ann.key, 'bob');
  const { shared_at, ...told } = first.json;
  assert.deepEqual([first.status, told], [201, { status: 'success', session_id: 'quiz', reader: 'bob', kind: 'user', message: 'bob may read the session' }]);
  assert.match(shared_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const again = await change(api, 'PUT', ann.key, 'Bob');
  assert.deepEqual([again.status, again.json.reader, again.json.shared_at], [200, 'bob', shared_at], 'the first one stands');
  const byAdmin = await change(api, 'PUT', ADMIN_KEY, carl.id);
  assert.deepEqual([byAdmin.status, byAdmin.json.reader, byAdmin.json.kind], [201, carl.id, 'key']);
  const list = await api.call('/sessions/quiz/shares', { key: ann.key });
  assert.deepEqual([list.status, list.json], [200, {
    session_id: 'quiz',
    shares: [{ reader: 'bob', kind: 'user', shared_at }, { reader: carl.id, kind: 'key', shared_at: byAdmin.json.shared_at }],
    total: 2,
    limit: 100,
  }]);

  await api.call(`/auth/users/${(await makeUser(api, 'idle')).id}`, { method: 'PATCH', key: ADMIN_KEY, body: { is_active: false } });
  const revoked = await makeKey(api, { user: 'bob', name: 'revoked' });
  await api.call(`/auth/api-keys/${revoked.id}`, { method: 'DELETE', key: ADMIN_KEY });
  const unknown = [404, 'NOT_FOUND', 'reader', 'reader: there is no active user of that name and no key of that id; an id of a key begins with k_ (GET /auth/api-keys)'];
  const own = [400, 'VALIDATION_ERROR', 'reader', "reader: the session's owner reads it already, with every key"];
  const annsOther = await makeKey(api, { user: 'ann', name: 'other' });
  const none = [404, 'NOT_FOUND', undefined, 'There is no session of that id'];
  const notShared = [404, 'NOT_FOUND', 'reader', 'reader: the session is not shared with a user or key of that name'];
  const cases = [
    ['PUT', ann.key, 'nobody', unknown],
    ['PUT', ann.key, bob.user, unknown], // the id of a user is no name
    ['PUT', ann.key, 'k_AAAAAAAAAAAAAAAA', unknown],
    ['PUT', ann.key, revoked.id, unknown],
    ['PUT', ann.key, 'idle', unknown],
    ['PUT', ann.key, "x' OR '1'='1", unknown],
    ['PUT', ann.key, 'ann', own],
    ['PUT', ann.key, ann.id, own],
    ['PUT', ann.key, annsOther.id, own],
    ['PUT', ADMIN_KEY, 'ann', own],
    ['PUT', ADMIN_KEY, 'environment-admin', [400, 'VALIDATION_ERROR', 'reader', 'reader: a session cannot be shared with oneself']],
    // Who has no such session learns of no user.
    ['PUT', bob.key, 'carl', [403, 'INSUFFICIENT_PERMISSIONS', undefined, "Session 'quiz' is shared with you for reading: only its owner may share it"]],
    ['PUT', carl.key, 'nobody', [403, 'INSUFFICIENT_PERMISSIONS', undefined, "Session 'quiz' is shared with you for reading: only its owner may share it"]],
    ['PUT', bob.key, 'carl', none, 'no-such'],
    ['PUT', bob.key, 'nobody', none, 'no-such'],
    ['DELETE', ann.key, 'carl', notShared], // his key it is, not he
    ['DELETE', ann.key, 'nobody', notShared],
    ['DELETE', bob.key, 'bob', none, 'no-such'],
  ];
  for (const [method, key, reader, want, session] of cases) {
    const { status, json } = await change(api, method, key, reader, session);
    assert.deepEqual([status, json.error, json.details?.field, json.message], want, `${method} ${reader}`);
  }
  const reading = await makeKey(api, { user: 'ann', name: 'reading', permissions: ['read'] });
  assert.equal((await change(api, 'PUT', reading.key, 'carl')).status, 403, 'a key that only reads lets nobody in');
  assert.equal((await api.call('/sessions/quiz/shares', { key: reading.key })).status, 200);
  const body = await api.call('/sessions/quiz/shares/carl', { method: 'PUT', key: ann.key, body: { role: 'owner' } });
  assert.deepEqual([body.status, body.json.details.field], [400, 'role']);

  const ended = await change(api, 'DELETE', ann.key, 'BOB');
  assert.deepEqual([ended.status, ended.json.reader, ended.json.message], [200, 'bob', 'bob may no longer read the session']);
  assert.equal((await change(api, 'DELETE', ann.key, 'bob')).status, 404);
  assert.deepEqual(await sharedWith(api, ann.key), [carl.id]);
  const record = (await api.call('/monitoring/security/alerts?kind=share_change', { key: ADMIN_KEY })).json.alerts;
  assert.deepEqual(record.map((r) => [r.username, r.subject, r.reason, r.success]).reverse(), [
    ['ann', 'bob', 'may read session quiz', true],
    ['environment-admin', carl.id, 'may read session quiz', true],
    ['ann', 'bob', 'may no longer read session quiz', true],
  ]);
});

test('a session is shared with so many, and those that are gone leave their place', limit, async (t) => {
  const { api, ann } = await service(t, { API_KEY_MAX_PER_USER: '1000' });
  const keys = [];
  for (let i = 0; i < 101; i++) keys.push(await makeKey(api, { user: 'bob', name: `k${i}` }));
  for (const { id } of keys.slice(0, 100)) await share(api, ann, id);
  // Some of them fall into one millisecond; their ids are random.
  assert.deepEqual(await sharedWith(api, ann.key), keys.slice(0, 100).map(({ id }) => id), 'in the order in which they were made');
  const over = await change(api, 'PUT', ann.key, keys[100].id);
  assert.deepEqual([over.status, over.json.error, over.json.message], [409, 'CONFLICT', 'reader: a session is shared with at most 100 users and keys; take another one away first']);
  assert.equal((await change(api, 'PUT', ann.key, keys[0].id)).status, 200, 'who has it already keeps it');
  await api.call(`/auth/api-keys/${keys[7].id}`, { method: 'DELETE', key: ADMIN_KEY });
  assert.equal((await change(api, 'PUT', ann.key, keys[100].id)).status, 201);
  assert.equal((await sharedWith(api, ann.key)).length, 100);
  assert.equal(rows(api).length, 100);
});

/** All that stays open on the session; `closed` says how and when each of them ends. */
async function openAll(api, { key }) {
  const ended = {};
  for (const path of ['/ws/events/quiz', '/ws/events/quiz?batch=1', '/ws/comments/quiz']) {
    const socket = await listen(api, path, key);
    await socket.until((m) => m.length > 0);
    ended[path] = socket.closed.then(({ code }) => [code, Date.now()]);
  }
  for (const [path, Accept] of [['/sessions/quiz/stream', 'text/event-stream'], ['/sessions/quiz/events?follow=1', 'application/x-ndjson']]) {
    const reply = await fetch(api.origin + path, { headers: { 'X-API-Key': key, Accept } });
    assert.equal(reply.status, 200);
    ended[path] = reply.text().then(() => ['end', Date.now()]);
  }
  return ended;
}
async function assertEnd(what, ended, act, code = 4003) {
  await act();
  const begun = Date.now();
  for (const [path, promise] of Object.entries(ended)) {
    const [how, when] = await promise;
    assert.equal(how, path.startsWith('/ws') ? code : 'end', `${what}: ${path}`);
    assert.ok(when - begun <= (sanitized ? 5000 : 1000), `${what}: ${path} after ${when - begun} ms`);
  }
}

test('what a reader has open ends with the share within a second, and nobody else notices', limit, async (t) => {
  const { api, ann, bob, carl } = await service(t);
  const early = await listen(api, '/ws/comments/later', bob.key); // before the session is
  await early.until((m) => m.length === 1);
  await share(api, ann, 'bob');
  await share(api, ann, carl.id);
  const others = await Promise.all([listen(api, '/ws/events/quiz', carl.key), listen(api, '/ws/events/quiz', ann.key), listen(api, '/ws/comments/quiz', ann.key)]);
  await assertEnd('a user', await openAll(api, bob), () => change(api, 'DELETE', ann.key, 'bob'));
  assert.equal(await status(api, bob.key), 404);
  assert.equal((await api.call('/auth/me', { key: bob.key })).status, 200, 'the credentials still work');
  for (const socket of others) {
    const heard = socket.messages.length;
    await socket.until((m) => m.length > heard + 5);
  }
  await assertEnd('a key', await openAll(api, carl), () => change(api, 'DELETE', ann.key, carl.id));
  assert.equal((await others[0].closed).code, 4003);

  // One that came before the session was made hears it from the moment at which it is shared, to the moment at which it is not.
  await api.call('/connect', { method: 'POST', key: ann.key, body: { session_id: 'later', username: 'host' } });
  const owner = await listen(api, '/ws/comments/later', ann.key);
  await owner.until((m) => m.length > 5);
  assert.equal(early.messages.length, 1);
  assert.equal((await change(api, 'PUT', ann.key, 'bob', 'later')).status, 201);
  await early.until((m) => m.length > 5);
  await change(api, 'DELETE', ann.key, 'bob', 'later');
  assert.equal((await early.closed).code, 4003);
  const heard = owner.messages.length;
  await owner.until((m) => m.length > heard);
  // A credential that ends is told as that.
  await share(api, ann, 'bob');
  await assertEnd('a revoked key', await openAll(api, bob), () => api.call(`/auth/api-keys/${bob.id}`, { method: 'DELETE', key: ADMIN_KEY }), 4001);
});

test('shares survive a kill, and end with their session, user, key and owner', limit, async (t) => {
  const { api, ann, bob, carl, rita } = await service(t);
  for (const reader of ['bob', 'rita', carl.id]) await share(api, ann, reader);
  const before = (await api.call('/sessions/quiz/shares', { key: ann.key })).json;
  await api.kill();
  const next = await startApi(null, { ...withAccounts, LIVE_RESUME_SESSIONS: 'false' }, api.folder);
  t.after(() => next.stop());
  assert.deepEqual((await next.call('/sessions/quiz/shares', { key: ann.key })).json, before);
  for (const { key } of [bob, carl, rita]) assert.equal(await status(next, key), 200);

  // A key that is revoked, by a command of another process too.
  assert.equal(next.run(['keys', 'revoke', carl.id]).code, 0);
  assert.equal((await next.call('/auth/me', { key: carl.key })).status, 401);
  assert.deepEqual(await sharedWith(next, ann.key), ['bob', 'rita']);
  // A user who is deleted: one of the same name is another.
  await next.call(`/auth/users/${bob.user}`, { method: 'DELETE', key: ADMIN_KEY });
  assert.deepEqual(await sharedWith(next, ann.key), ['rita']);
  await makeUser(next, 'bob');
  const namesake = await makeKey(next, { user: 'bob', name: 'k' });
  assert.equal(await status(next, namesake.key), 404);
  assert.deepEqual(await sharedWith(next, ann.key), ['rita']);
  assert.deepEqual(rows(next), [rita.user], 'the database has no more than that');
  // A disabled user keeps the share, for when they are back.
  const patch = (is_active) => next.call(`/auth/users/${rita.user}`, { method: 'PATCH', key: ADMIN_KEY, body: { is_active } });
  await patch(false);
  assert.equal(await status(next, rita.key), 401);
  await patch(true);
  assert.equal(await status(next, rita.key), 200);
  // The owner is deleted: the session is the admins' alone.
  await next.call(`/auth/users/${ann.user}`, { method: 'DELETE', key: ADMIN_KEY });
  assert.equal(await status(next, rita.key), 404);
  assert.deepEqual([await sharedWith(next, ADMIN_KEY), rows(next)], [[], []]);
  const useless = await change(next, 'PUT', ADMIN_KEY, 'rita');
  assert.deepEqual([useless.status, rows(next)], [409, []], JSON.stringify(useless.json));
});

test('a deleted session takes its shares along; one that its owner replaces keeps them', limit, async (t) => {
  const { api, ann, bob } = await service(t);
  await share(api, ann, 'bob');
  const comments = await listen(api, '/ws/comments/quiz', bob.key);
  await comments.until((m) => m.length > 1);
  assert.equal((await connect(api, ann.key, { username: 'other', replace: true })).status, 200);
  assert.deepEqual(await sharedWith(api, ann.key), ['bob']);
  assert.deepEqual(rows(api), [bob.user]);
  assert.equal((await api.call('/sessions/quiz', { key: bob.key })).json.username, 'other');
  const heard = comments.messages.length;
  await comments.until((m) => m.length > heard); // of the other room
  // An admin who takes the id takes it for themselves.
  assert.equal((await connect(api, ADMIN_KEY, { username: 'host', replace: true })).status, 200);
  assert.equal((await comments.closed).code, 4003);
  assert.deepEqual([await status(api, bob.key), await status(api, ann.key), rows(api)], [404, 404, []]);
  await api.call('/sessions/quiz', { method: 'DELETE', key: ADMIN_KEY });

  await connect(api, ann.key);
  assert.equal(await status(api, bob.key), 404);
  await share(api, ann, 'bob');
  const sockets = [await listen(api, '/ws/events/quiz', bob.key), await listen(api, '/ws/comments/quiz', bob.key)];
  await sockets[1].until((m) => m.length > 1);
  assert.equal((await api.call('/sessions/quiz', { method: 'DELETE', key: ann.key })).status, 200);
  assert.deepEqual([(await sockets[0].closed).code, (await sockets[1].closed).code], [4004, 4003]);
  assert.deepEqual(rows(api), []);
  await connect(api, ann.key);
  assert.equal(await status(api, bob.key), 404, 'a new session of the same name is not shared');
  assert.deepEqual(await sharedWith(api, ann.key), []);
});

test('a change that the database refuses has not happened, in memory either', limit, async (t) => {
  const { api, ann, bob, carl, rita } = await service(t);
  await share(api, ann, 'bob');
  const allowInsert = refuse(api.folder, 'INSERT', 'session_shares');
  const refused = await change(api, 'PUT', ann.key, 'carl');
  assert.deepEqual([refused.status, refused.json.error], [500, 'DATABASE_ERROR']);
  assert.deepEqual([await status(api, carl.key), await sharedWith(api, ann.key), rows(api)], [404, ['bob'], [bob.user]]);
  allowInsert();
  const allowDelete = refuse(api.folder, 'DELETE', 'session_shares');
  const kept = await change(api, 'DELETE', ann.key, 'bob');
  assert.deepEqual([kept.status, kept.json.error], [500, 'DATABASE_ERROR']);
  assert.deepEqual([await status(api, bob.key), await sharedWith(api, ann.key)], [200, ['bob']]);
  // What would leave a share behind fails as a whole.
  for (const path of [`/auth/users/${bob.user}`, '/sessions/quiz']) {
    assert.equal((await api.call(path, { method: 'DELETE', key: ADMIN_KEY })).status, 500, path);
  }
  assert.deepEqual([await status(api, bob.key), await sharedWith(api, ann.key), rows(api)], [200, ['bob'], [bob.user]]);
  allowDelete();
  assert.equal((await change(api, 'PUT', ann.key, 'carl')).status, 201);
  assert.equal((await change(api, 'DELETE', ann.key, 'bob')).status, 200);
  assert.deepEqual([await status(api, bob.key), await status(api, carl.key), rows(api)], [404, 200, [carl.user]]);
});

// With a service of its own: a change that failed before would make it read the shares again too.
test('a change that was stored and seemed to fail is noticed without another request', limit, async (t) => {
  const { api, ann, rita } = await service(t);
  await share(api, ann, 'bob');
  query(api.folder, `INSERT INTO session_shares (session_key, reader, shared_at) VALUES ((SELECT key FROM sessions WHERE state <> 'deleted'), '${rita.user}', 9e12)`);
  const allow = refuse(api.folder, 'INSERT', 'session_shares');
  assert.equal(await status(api, rita.key), 404);
  assert.equal((await change(api, 'PUT', ann.key, 'rita')).status, 500);
  await until('the stored share is noticed', async () => (await status(api, rita.key)) !== 404);
  assert.deepEqual(await sharedWith(api, ann.key), ['bob', 'rita']);
  allow();
  assert.equal((await change(api, 'DELETE', ann.key, 'rita')).status, 200);
  assert.deepEqual([await status(api, rita.key), await sharedWith(api, ann.key)], [404, ['bob']]);
});
