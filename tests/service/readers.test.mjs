// Who reads a session, and one stream of the state changes of all sessions.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { listen, startApi, startSim } from './programs.mjs';
import { ADMIN_KEY, login, makeKey, makeUser, withAccounts } from './people.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 60_000 };
let sim, api, ann, bob;
before(async () => {
  sim = await startSim('--user', 'host', '--user', 'other', '--rate', '50');
  api = await startApi(sim, { ...withAccounts, SSE_HEARTBEAT: '1', TIKTOK_SIGN_PER_MINUTE: '40', LIVE_CHECK_INTERVAL: '3600' });
  await makeUser(api, 'ann');
  await makeUser(api, 'bob');
  ann = await makeKey(api, { user: 'ann', name: 'k' });
  bob = await makeKey(api, { user: 'bob', name: 'k' });
});
after(async () => {
  await api?.stop();
  await sim?.stop();
});

const connect = (id, { key }, username = 'host', more = {}) => api.call('/connect', { method: 'POST', key, body: { session_id: id, username, ...more } });
const share = (id, method, reader) => api.call(`/sessions/${id}/shares/${reader}`, { method, key: ann.key });

/** Reads an event stream: `messages` are its JSON objects, `comments` its heartbeats. */
async function openStream(path, { key }, query = false) {
  const abort = new AbortController();
  const reply = await fetch(`${api.origin}${path}${query ? `?api_key=${key}` : ''}`, { headers: query ? {} : { 'X-API-Key': key }, signal: abort.signal });
  const stream = { status: reply.status, type: reply.headers.get('content-type'), messages: [], lines: [], comments: 0, ended: false };
  const take = (line) => {
    stream.lines.push(line);
    if (line.startsWith(': ')) stream.comments++;
    if (line.startsWith('data: ')) stream.messages.push(JSON.parse(line.slice(6)));
  };
  (async () => {
    let text = '';
    for await (const chunk of reply.body.pipeThrough(new TextDecoderStream())) {
      const lines = (text + chunk).split('\n');
      text = lines.pop();
      lines.forEach(take);
    }
  })().catch(() => {}).finally(() => (stream.ended = true));
  stream.close = () => abort.abort();
  stream.until = (count) => until(`${count} messages of ${path}`, () => stream.messages.length >= count && stream.messages);
  return stream;
}
const states = (stream, session) => stream.messages.slice(1).filter((m) => m.session_id === session).map((m) => m.state ?? m.type);

test('the owner sees who reads a session, by which transport and with what credential', limit, async (t) => {
  await connect('show', ann);
  const token = (await login(api, 'ann')).access_token;
  assert.equal((await share('show', 'PUT', 'bob')).status, 201);
  const [, events, comments, stream, ndjson] = [
    assert.deepEqual((await api.call('/sessions/show/readers', { key: ann.key })).json, { session_id: 'show', readers: [], total: 0 }),
    await listen(api, '/ws/events/show', ann.key),
    await listen(api, `/ws/comments/show?token=${token}`, null),
    await openStream('/sessions/show/stream', bob),
    await fetch(`${api.origin}/sessions/show/events?follow=1&after=0`, { headers: { 'X-API-Key': ann.key, Accept: 'application/x-ndjson' } }),
  ];
  t.after(() => [events.close(), comments.close(), stream.close()]);
  await events.until((m) => m.length > 10);
  await comments.until((m) => m.length > 1);
  const { json } = await api.call('/sessions/show/readers', { key: ann.key });
  assert.deepEqual(json.readers.map((r) => [r.name, r.transport, r.credential]), [
    ['ann', 'websocket', 'key'],
    ['ann', 'comments', 'token'],
    ['bob', 'sse', 'key'],
    ['ann', 'ndjson', 'key'],
  ]);
  assert.equal(json.total, 4);
  assert.equal(json.session_id, 'show');
  const { offset } = (await api.call('/sessions/show', { key: ann.key })).json;
  for (const reader of json.readers) {
    assert.deepEqual(Object.keys(reader), ['name', 'transport', 'offset', 'queue_events', 'queue_bytes', 'connected_at', 'credential']);
    assert.ok(reader.offset > 0 && reader.offset <= offset, JSON.stringify(reader));
    assert.equal(reader.queue_events === 0, reader.queue_bytes === 0);
    assert.match(reader.connected_at, /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/);
  }
  const refused = await api.call('/sessions/show/readers', { key: bob.key });
  assert.deepEqual([refused.status, refused.json.message], [403, "Session 'show' is shared with you for reading: only its owner may see who reads it"]);
  await ndjson.body.cancel();
  stream.close();
  events.close();
  await until('only the reader of comments is left', async () => {
    const left = (await api.call('/sessions/show/readers', { key: ann.key })).json.readers;
    return left.length === 1 && left[0].transport === 'comments';
  });
  assert.equal((await share('show', 'DELETE', 'bob')).status, 200);
  assert.equal((await api.call('/sessions/show/readers', { key: bob.key })).status, 404);
});

test('the owner of an id is not told of readers that came for a deleted session of somebody else', limit, async (t) => {
  await connect('taken', ann);
  const [older, admins] = [await listen(api, '/ws/comments/taken', ann.key), await listen(api, '/ws/comments/taken', ADMIN_KEY)];
  t.after(() => [older.close(), admins.close()]);
  const names = async (who) => (await api.call('/sessions/taken/readers', { key: who.key })).json.readers.map((r) => r.name);
  await until('both are known', async () => (await names(ann)).length === 2);
  assert.equal((await api.call('/sessions/taken', { method: 'DELETE', key: ann.key })).status, 200);
  assert.equal((await connect('taken', bob)).status, 200);
  const socket = await listen(api, '/ws/comments/taken', bob.key);
  t.after(() => socket.close());
  await until('the new reader is known', async () => (await names(bob)).includes('bob'));
  assert.deepEqual(await names(bob), ['environment-admin', 'bob'], 'an admin may read every session, and ann may not read this one');
  assert.equal((await api.call('/sessions/taken', { method: 'DELETE', key: bob.key })).status, 200);
});

test('one stream tells of all sessions that the caller may read: new, changed, shared and deleted ones', limit, async (t) => {
  await connect('first', ann);
  const mine = await openStream('/sessions/stream', ann);
  const bobs = await openStream('/sessions/stream', bob, true);
  t.after(() => [mine.close(), bobs.close()]);
  assert.deepEqual([mine.status, mine.type], [200, 'text/event-stream; charset=utf-8']);
  const [hello] = await mine.until(1);
  assert.equal(mine.lines[1], 'event: connected');
  assert.ok(!mine.lines.some((line) => line.startsWith('id:')), 'a resume is not promised');
  const listed = (await api.call('/sessions', { key: ann.key })).json.sessions;
  assert.deepEqual([hello.type, hello.total, hello.keepalive_seconds], ['connected', listed.length, 1]);
  const first = hello.sessions.find((s) => s.session_id === 'first');
  const { epoch, owner, room_id } = listed.find((s) => s.session_id === 'first');
  assert.deepEqual({ ...first, offset: 0 }, { session_id: 'first', username: 'host', room_id, state: 'connected', reason: '', owner, epoch, offset: 0 });
  assert.deepEqual((await bobs.until(1))[0], { type: 'connected', sessions: [], total: 0, keepalive_seconds: 1 });

  await sim.fault('other', 'offline');
  const made = await connect('second', ann, 'other', { wait_until_live: true });
  assert.equal(made.json.state, 'waiting');
  await until('second waits', () => states(mine, 'second').at(-1) === 'waiting');
  assert.deepEqual(states(mine, 'second'), ['connecting', 'waiting']);
  const change = mine.messages.find((m) => m.session_id === 'second');
  assert.deepEqual([change.type, change.offset, change.epoch], ['session', 1, made.json.epoch]);

  assert.equal((await share('second', 'PUT', 'bob')).status, 201);
  const added = (await bobs.until(2))[1];
  assert.equal(added.type, 'session_added');
  assert.deepEqual([added.session.session_id, added.session.state, added.session.epoch], ['second', 'waiting', made.json.epoch]);
  await api.call('/disconnect', { method: 'POST', key: ann.key, body: { session_id: 'second' } });
  assert.equal((await bobs.until(3))[2].state, 'disconnected');
  assert.equal((await share('second', 'DELETE', 'bob')).status, 200);
  assert.deepEqual((await bobs.until(4))[3], { type: 'session_removed', session_id: 'second', epoch: made.json.epoch, reason: 'no longer shared' });

  assert.equal((await api.call('/sessions/second', { method: 'DELETE', key: ann.key })).status, 200);
  await until('second is deleted', () => states(mine, 'second').at(-1) === 'session_removed');
  assert.deepEqual(mine.messages.at(-1), { type: 'session_removed', session_id: 'second', epoch: made.json.epoch, reason: 'deleted' });
  assert.equal(bobs.messages.length, 4, 'what bob may not read does not exist for him');
  await until('a heartbeat', () => bobs.comments > 0);

  assert.equal((await api.call(`/auth/api-keys/${bob.id}`, { method: 'DELETE', key: bob.key })).status, 200);
  await until('the stream of a revoked key ends', () => bobs.ended);
});

test('/sessions says what is left of the sign budget', limit, async () => {
  const { sign_budget: budget } = (await api.call('/sessions', { key: ann.key })).json;
  assert.deepEqual(Object.keys(budget), ['per_minute', 'left', 'resets_in_seconds']);
  assert.equal(budget.per_minute, 40);
  assert.ok(budget.left >= 0 && budget.left <= 10, JSON.stringify(budget));
  assert.ok(budget.resets_in_seconds >= 0 && budget.resets_in_seconds <= 15, JSON.stringify(budget));
});
