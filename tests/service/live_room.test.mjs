// A simulated room, end to end: what arrives is exactly what the simulator says it sent.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, test } from 'node:test';
import { KEY, countBy, listen, rawCloseCode, startApi, startSim } from './programs.mjs';

const running = [];
const keep = (program) => (running.push(program), program);
after(async () => {
  for (const program of running.reverse()) await program.stop();
});
const events = (listener) => listener.messages.slice(1);
const limit = { timeout: 120_000 };

test('three subscribers get the truth, in one order, and SQLite holds the same rows', limit, async () => {
  const sim = keep(await startSim('--user', 'quizhost', '--seed', '7', '--rate', '400', '--count', '1000'));
  const api = keep(await startApi(sim));
  const comments = await listen(api, '/ws/comments/quiz');
  // A session exists before its room speaks: wait_until_live on an offline room lets subscribers come first.
  await sim.fault('quizhost', 'offline');
  const waiting = await api.connect('quiz', '@quizhost', { wait_until_live: true });
  assert.equal(waiting.status, 200, JSON.stringify(waiting.json));
  assert.equal(waiting.json.state, 'waiting');
  const listeners = [await listen(api, '/ws/events/quiz'), await listen(api, '/ws/events/quiz')];
  for (const listener of listeners) await listener.until((m) => m.length === 1);
  assert.equal(listeners[0].messages[0].type, 'connected');
  await sim.fault('quizhost', 'clear');
  await api.call('/disconnect', { method: 'POST', body: { session_id: 'quiz' } });
  const connected = await api.connect('quiz', 'https://www.tiktok.com/@quizhost/live');
  assert.equal(connected.status, 200, JSON.stringify(connected.json));
  assert.equal(connected.json.state, 'connected');

  const total = 1000 + 6;
  for (const listener of listeners) await listener.until((m) => m.length > total);
  const truth = await sim.truth('quizhost');
  assert.equal(truth.total, total);
  const seen = events(listeners[0]);
  assert.deepEqual(countBy(seen, (e) => e.type), truth.sent);
  assert.deepEqual(seen.map((e) => e.offset), seen.map((_, i) => i + 1));
  assert.equal(new Set(seen.map((e) => e.id)).size, total);
  assert.deepEqual(events(listeners[1]), seen);
  for (const event of seen) {
    assert.equal(typeof event.id, 'string');
    assert.equal(typeof event.room_id, 'string');
    if (event.user) assert.equal(typeof event.user.id, 'string');
  }
  const finished = seen.filter((e) => e.type === 'gift' && e.streak_end);
  assert.equal(finished.length, truth.gifts.streaks);
  assert.equal(finished.reduce((sum, gift) => sum + gift.diamonds, 0), truth.gifts.diamonds);

  await comments.until((m) => m.length > truth.sent.comment);
  const texts = (list) => list.map((c) => c.comment);
  assert.deepEqual(texts(comments.messages.slice(1).map((m) => m.data)), texts(seen.filter((e) => e.type === 'comment')));

  const rows = JSON.parse(execFileSync('sqlite3', ['-json', api.database, 'SELECT body FROM events ORDER BY "offset"'], { maxBuffer: 1 << 28 }));
  assert.deepEqual(rows.map((row) => JSON.parse(row.body)), seen);
});

test('a comments subscriber may ping and ask for the status', limit, async () => {
  const api = keep(await startApi(null));
  const listener = await listen(api, '/ws/comments/nobody');
  listener.send({ type: 'ping' });
  listener.send({ type: 'status' });
  await listener.until((m) => m.length === 3);
  assert.deepEqual(listener.messages[1], { type: 'pong' });
  assert.deepEqual(listener.messages[2], { type: 'status_response', session_id: 'nobody', tiktok_connected: false });
  listener.close();
});

test('sockets are refused with the close codes of the contract', limit, async () => {
  const api = keep(await startApi(null));
  assert.equal((await (await listen(api, '/ws/events/nobody')).closed).code, 4004);
  assert.equal(await rawCloseCode(api, '/ws/comments/x?api_key=wrong'), 4001);
  assert.equal(await rawCloseCode(api, '/ws/comments/x'), 4001);
  assert.ok(!api.output().includes(KEY), 'the key is in no log line');
});

test('SIGTERM says 1001 to sockets and ends with 0', limit, async () => {
  const api = await startApi(null);
  const listener = await listen(api, '/ws/comments/x');
  await listener.until((m) => m.length === 1);
  const stopped = api.stop();
  assert.equal((await listener.closed).code, 1001);
  assert.equal(await stopped, 0);
});

for (const [fault, more, status, reason] of [
  ['offline', '', 409, 'user_offline'],
  ['not_found', '', 404, 'user_not_found'],
  ['captcha', '', 502, 'blocked'],
  ['device_blocked', '', 502, 'blocked'],
  ['sign_429', '', 503, 'sign_rate_limited'],
  ['sign_500', '', 502, 'upstream_error'],
  ['sign_504', '', 502, 'upstream_timeout'],
  ['sign_timeout', '', 502, 'upstream_timeout'],
]) {
  test(`a room with the fault ${fault} answers ${status} ${reason}`, limit, async () => {
    const sim = keep(await startSim('--user', 'host'));
    const api = keep(await startApi(sim));
    await sim.fault('host', fault, more);
    const answer = await api.connect('s', 'host');
    assert.equal(answer.status, status, JSON.stringify(answer.json));
    assert.equal(answer.json.error, 'CONNECTION_ERROR');
    assert.equal(answer.json.details.reason, reason);
    if (status === 503) assert.equal(answer.headers.get('retry-after'), '7');
  });
}

test('bad bodies are answered with every fault at once', limit, async () => {
  const api = keep(await startApi(null));
  const answer = await api.call('/connect', { method: 'POST', body: { sesion_id: 'x', username: 5, extra: true } });
  assert.equal(answer.status, 400);
  assert.deepEqual(answer.json.details.errors.map((e) => e.field).sort(), ['extra', 'sesion_id', 'session_id', 'username']);
  assert.equal((await api.call('/connect', { method: 'POST', body: '{' })).status, 400);
  assert.equal((await api.call('/sessions', { headers: { 'X-API-Key': 'no' } })).status, 401);
});
