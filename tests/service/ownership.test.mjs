// What belongs to others is, to everybody but admins, not there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEY, listen, startApi, startSim } from './programs.mjs';
import { ADMIN_KEY, login, makeKey, makeUser, withAccounts } from './people.mjs';

async function twoUsers(t, settings = {}) {
  const sim = await startSim('--user', 'host', '--seed', '3', '--rate', '50', '--count', '100000');
  t.after(() => sim.stop());
  const api = await startApi(sim, { ...withAccounts, ...settings });
  t.after(() => api.stop());
  const keys = {};
  for (const name of ['ann', 'bob']) {
    await makeUser(api, name);
    keys[name] = (await makeKey(api, { user: name, name: 'k' })).key;
  }
  const connect = (key, session_id, more = {}) => api.call('/connect', { method: 'POST', key, body: { session_id, username: 'host', ...more } });
  assert.equal((await connect(keys.ann, 'anns')).status, 200);
  return { api, ...keys, connect };
}

const views = ['', '/events', '/stream', '/stats', '/leaderboard', '/timeline', '/export', '/events?limit=1&types=gift', '/export?format=csv'];
const plain = ({ status, json }) => [status, json?.error, json?.message];

test("another's session answers every question as an id that nobody uses", async (t) => {
  const { api, ann, bob, connect } = await twoUsers(t);
  for (const view of views) {
    const [foreign, nobody] = [await api.call(`/sessions/anns${view}`, { key: bob }), await api.call(`/sessions/nobodys${view}`, { key: bob })];
    assert.equal(foreign.status, 404, view);
    assert.deepEqual(plain(foreign), plain(nobody), view);
  }
  const ndjson = await api.call('/sessions/anns/events?follow=1', { key: bob, headers: { Accept: 'application/x-ndjson' } });
  assert.equal(ndjson.status, 404);
  const { sign_budget: budget, ...seen } = (await api.call('/sessions', { key: bob })).json;
  assert.deepEqual(seen, { sessions: [], total: 0 });
  assert.equal(budget.per_minute, 6_000); // of the service, not of a user
  const stop = (key) => api.call('/disconnect', { method: 'POST', key, body: { session_id: 'anns' } });
  assert.equal((await stop(bob)).json.status, 'warning');
  assert.equal((await api.call('/sessions/anns', { method: 'DELETE', key: bob })).status, 404);
  assert.equal((await connect(bob, 'anns')).status, 409);
  assert.equal((await connect(bob, 'anns', { replace: true })).status, 409, 'nor can it be taken away');
  const socket = await listen(api, '/ws/events/anns', bob);
  assert.equal((await socket.closed).code, 4004);

  const mine = await api.call('/sessions/anns', { key: ann });
  assert.equal(mine.json.state, 'connected', 'nothing of that had an effect');
  assert.equal(mine.json.owner, (await api.call('/auth/me', { key: ann })).json.id);
  assert.equal((await stop(ann)).json.status, 'success');
  assert.equal((await api.call('/sessions/cleanup', { method: 'POST', key: bob })).json.cleaned_sessions, 0);
  assert.equal((await api.call('/sessions/anns', { key: ADMIN_KEY })).json.state, 'disconnected', 'admins see all');
  assert.equal((await api.call('/sessions', { key: KEY })).json.total, 1, 'and so does the key of the settings');
  assert.equal((await api.call('/sessions/cleanup', { method: 'POST', key: ann })).json.cleaned_sessions, 1);
});

test('who listens for comments before the session is made hears nothing if it is not theirs', async (t) => {
  const { api, ann, bob, connect } = await twoUsers(t);
  const early = { ann: await listen(api, '/ws/comments/later', ann), bob: await listen(api, '/ws/comments/later', bob) };
  for (const socket of Object.values(early)) await socket.until((m) => m.length === 1);
  await connect(bob, 'later');
  await early.bob.until((m) => m.length > 5);
  // To Ann it is as if nobody had made one: no comment, no status, and no word of it either.
  const late = await listen(api, '/ws/comments/later', ann);
  const heard = early.bob.messages.length;
  await early.bob.until((m) => m.length > heard + 20);
  for (const socket of [early.ann, late]) {
    socket.send({ type: 'status' });
    await socket.until((m) => m.length === 2);
    assert.deepEqual(socket.messages.map((m) => m.type), ['connected', 'status_response']);
    assert.equal(socket.messages[1].tiktok_connected, false);
  }
});

test('a restart keeps the owner, and so does the session of a deleted user', async (t) => {
  const { api, ann, bob } = await twoUsers(t, { LIVE_RESUME_SESSIONS: 'false' });
  await api.kill();
  const next = await startApi(null, withAccounts, api.folder);
  t.after(() => next.stop());
  assert.equal((await next.call('/sessions/anns', { key: ann })).status, 200);
  assert.equal((await next.call('/sessions/anns', { key: bob })).status, 404);
  const user = (await next.call('/auth/me', { key: ann })).json.id;
  await next.call(`/auth/users/${user}`, { method: 'DELETE', key: ADMIN_KEY });
  await makeUser(next, 'ann');
  const namesake = await login(next, 'ann');
  assert.equal((await next.call('/sessions/anns', { token: namesake.access_token })).status, 404, 'the same name is another user');
  assert.equal((await next.call('/sessions/anns', { key: ADMIN_KEY })).status, 200);
});

test('SESSIONS_SHARED=true shows every session to everybody who may read', async (t) => {
  const { api, bob } = await twoUsers(t, { SESSIONS_SHARED: 'true' });
  assert.equal((await api.call('/sessions/anns', { key: bob })).status, 200);
  assert.equal((await api.call('/sessions', { key: bob })).json.total, 1);
  assert.equal((await api.call('/auth/users', { key: bob })).status, 403, 'sessions, and nothing else');
});

test('a ticket opens the sockets and streams of its sessions, once, for a minute', async (t) => {
  const { api, ann, bob } = await twoUsers(t);
  const issue = async (key, session_ids) => (await api.call('/auth/tickets', { method: 'POST', key, body: { session_ids } })).json;
  const open = (path, ticket) => listen(api, `${path}?ticket=${ticket}`, null);
  const made = await issue(ann, ['anns', 'other']);
  assert.match(made.ticket, /^tk_[A-Za-z0-9_-]{43}$/);
  assert.equal(made.expires_in, 60);
  const socket = await open('/ws/events/anns', made.ticket);
  await socket.until((m) => m.length > 3);
  const again = await (await open('/ws/events/anns', made.ticket)).closed;
  assert.deepEqual([again.code, again.reason], [4001, 'This ticket was used: each works once. Get another for every connection (POST /auth/tickets)']);
  const other = await (await open('/ws/events/anns', 'tk_' + 'A'.repeat(43))).closed;
  assert.deepEqual([other.code, other.reason], [4001, 'Invalid ticket: it works once, for 60 seconds, for pictures and the sessions it names']);
  assert.equal((await (await open('/ws/events/anns', (await issue(ann, ['other'])).ticket)).closed).code, 4001, 'of another session');
  assert.equal((await (await open('/ws/events/anns', (await issue(bob, ['anns'])).ticket)).closed).code, 4004, 'of somebody else');
  const comments = await open('/ws/comments/anns', (await issue(ann, ['anns'])).ticket);
  await comments.until((m) => m.length > 1);
  const stream = await fetch(`${api.origin}/sessions/anns/stream?ticket=${(await issue(ann, ['anns'])).ticket}`);
  assert.equal(stream.status, 200);
  await stream.body.cancel();
  const plainRoute = await fetch(`${api.origin}/sessions/anns?ticket=${(await issue(ann, ['anns'])).ticket}`);
  assert.equal(plainRoute.status, 401, 'tickets are for sockets, streams and pictures');
  // It is worth what its owner may, and no more.
  const reader = await makeKey(api, { user: 'ann', name: 'reader', permissions: ['read'] });
  const reading = await open('/ws/events/anns', (await issue(reader.key, ['anns'])).ticket);
  await reading.until((m) => m.length > 1); // WebSockets ask for `read`, as streams do
  reading.close();
  const writer = await makeKey(api, { user: 'ann', name: 'writer', permissions: ['write'] });
  assert.equal((await api.call('/auth/tickets', { method: 'POST', key: writer.key, body: { session_ids: ['anns'] } })).status, 403);
  assert.equal((await (await listen(api, '/ws/events/anns', writer.key)).closed).code, 4003);
  const read = await fetch(`${api.origin}/sessions/anns/stream?ticket=${(await issue(reader.key, ['anns'])).ticket}`);
  assert.equal(read.status, 200);
  await read.body.cancel();
  // Its owner's key ends: the ticket opens nothing, and what it opened closes.
  const another = await makeKey(api, { user: 'ann', name: 'another' });
  const left = await issue(another.key, ['anns']);
  const opened = await open('/ws/events/anns', (await issue(another.key, ['anns'])).ticket);
  await opened.until((m) => m.length > 1);
  await api.call(`/auth/api-keys/${another.id}`, { method: 'DELETE', key: ADMIN_KEY });
  assert.equal((await opened.closed).code, 4001);
  assert.equal((await (await open('/ws/events/anns', left.ticket)).closed).code, 4001);
  for (const body of [{ session_ids: [] }, { session_ids: [''] }, { session_ids: 'anns' }]) {
    assert.equal((await api.call('/auth/tickets', { method: 'POST', key: ann, body })).status, 400);
  }
});

test('a ticket opens one picture, also where it names no session', async (t) => {
  const { api, ann } = await twoUsers(t);
  const issue = async (body) => (await api.call('/auth/tickets', { method: 'POST', key: ann, body })).json;
  const avatar = async (ticket) => {
    const reply = await fetch(`${api.origin}/profile/somebody/avatar?ticket=${ticket}`);
    const body = await reply.text();
    return [reply.status, reply.headers.get('content-type').split('/')[0], body];
  };
  const bare = await issue({});
  assert.deepEqual(bare.session_ids, []);
  assert.deepEqual((await avatar(bare.ticket)).slice(0, 2), [200, 'image']);
  const [status, , text] = await avatar(bare.ticket);
  assert.equal(status, 401);
  assert.match(JSON.parse(text).message, /^This ticket was used: each works once/);
  assert.deepEqual((await avatar((await issue({ session_ids: ['anns'] })).ticket)).slice(0, 2), [200, 'image']);
  // It names no session, so it opens none.
  assert.equal((await (await listen(api, `/ws/events/anns?ticket=${(await issue({})).ticket}`, null)).closed).code, 4001);
  assert.equal((await fetch(`${api.origin}/gifts?ticket=${(await issue({})).ticket}`)).status, 401);
  assert.equal((await fetch(`${api.origin}/gifts/1/image?ticket=${(await issue({})).ticket}`)).status, 404, 'let in: there is no such gift');
});
