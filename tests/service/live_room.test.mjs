// A simulated room, end to end: what arrives is exactly what the simulator says it sent.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { query } from './databases.mjs';
import { KEY, assertNoHoles, countBy, followFromTheStart, listen, said, startApi, startSim } from './programs.mjs';

const running = [];
const keep = (program) => (running.push(program), program);
after(async () => {
  for (const program of running.reverse()) await program.stop();
});
const events = (listener) => listener.messages.slice(1);
const limit = { timeout: 120_000 };

test('three subscribers get the truth, in one order, and the database holds the same rows', limit, async () => {
  const sim = keep(await startSim('--user', 'quizhost', '--seed', '7', '--rate', '400', '--count', '1000'));
  const api = keep(await startApi(sim, { LIVE_CHECK_INTERVAL: '1' }));
  const comments = await listen(api, '/ws/comments/quiz'); // before there is such a session
  const listeners = await followFromTheStart(api, sim, 'quiz', 'quizhost', 2);

  const total = 1000 + 6;
  for (const listener of listeners) await listener.until((m) => m.length > total);
  const truth = await sim.truth('quizhost');
  assert.equal(truth.total, total);
  const seen = events(listeners[0]);
  assert.deepEqual(countBy(seen, (e) => e.type), truth.sent);
  assertNoHoles(listeners[0]);
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

  const bodies = query(api.folder, 'SELECT body FROM events ORDER BY "offset"').split('\n');
  assert.deepEqual(said(bodies.map((body) => JSON.parse(body))), seen);
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

test('sockets are refused with the documented close codes', limit, async () => {
  const api = keep(await startApi(null));
  assert.equal((await (await listen(api, '/ws/events/nobody')).closed).code, 4004);
  assert.equal((await (await listen(api, '/ws/comments/x', 'wrong')).closed).code, 4001);
  assert.equal((await (await listen(api, '/ws/comments/x', '')).closed).code, 4001);
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

test('a name, an @name, a URL and a room number lead to the same room, over one upstream', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--rate', '20'));
  const api = keep(await startApi(sim));
  const first = await api.connect('a', 'host');
  assert.equal(first.json.state, 'connected', JSON.stringify(first.json));
  for (const [session, name] of [['b', '@HOST'], ['c', 'https://www.tiktok.com/@host/live']]) {
    assert.equal((await api.connect(session, name)).json.room_id, first.json.room_id);
  }
  assert.equal((await sim.truth('host')).connects, 1);
  const byNumber = await api.call('/connect', { method: 'POST', body: { session_id: 'd', room_id: first.json.room_id } });
  assert.equal(byNumber.json.state, 'connected', JSON.stringify(byNumber.json));
  assert.equal((await api.connect('a', 'host')).json.epoch, first.json.epoch, 'the same again changes nothing');
  assert.equal((await api.connect('a', 'other')).status, 409);
  assert.equal((await api.call('/sessions')).json.total, 4);
  const disconnect = () => api.call('/disconnect', { method: 'POST', body: { session_id: 'a' } });
  assert.equal((await disconnect()).json.status, 'success');
  assert.equal((await disconnect()).json.status, 'warning');
  assert.equal((await api.call('/sessions/a')).json.state, 'disconnected');
});

for (const [fault, more, status, reason] of [
  ['offline', '', 409, 'user_offline'],
  ['not_found', '', 404, 'user_not_found'],
  ['captcha', '', 502, 'blocked'],
  ['device_blocked', '', 502, 'blocked'],
  ['sign_429', '', 503, 'sign_rate_limited'],
  ['sign_500', '', 502, 'upstream_error'],
  ['sign_402', '', 502, 'upstream_error'],
  ['sign_403', '', 502, 'blocked'],
  ['sign_504', '', 502, 'upstream_timeout'],
  ['sign_empty', '', 502, 'upstream_error'],
  ['sign_no_cookie', '', 502, 'upstream_error'],
  ['expired_address', '', 502, 'blocked'],
  ['age_restricted', '', 502, 'age_restricted'],
  ['sign_timeout', '', 502, 'upstream_timeout'],
]) {
  test(`a room with the fault ${fault} answers ${status} ${reason}`, limit, async () => {
    const sim = keep(await startSim('--user', 'host'));
    const api = keep(await startApi(sim, { LIVE_CONNECT_TIMEOUT: '8' }));
    await sim.fault('host', fault, more);
    const begun = performance.now();
    const answer = await api.connect('s', 'host');
    assert.equal(answer.status, status, JSON.stringify(answer.json));
    assert.equal(answer.json.error, 'CONNECTION_ERROR');
    assert.equal(answer.json.details.reason, reason);
    assert.ok(performance.now() - begun < 10_000, 'within its time limit');
    if (status === 503) assert.equal(answer.headers.get('retry-after'), '7');
  });
}

test('a page without the room id and a slow page are no obstacle', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--rate', '20'));
  const api = keep(await startApi(sim));
  for (const fault of ['empty_room_id', 'page_403', 'slow_page']) {
    await sim.fault('host', fault, '&ms=500');
    const answer = await api.connect(fault, 'host');
    assert.equal(answer.json.state, 'connected', `${fault}: ${JSON.stringify(answer.json)}`);
    await api.call('/disconnect', { method: 'POST', body: { session_id: fault } });
    await sim.fault('host', 'clear');
  }
});

test('TLS all the way: pages, sign server and socket, with a certificate that is trusted by setting only', limit, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  const [certificate, key] = [join(folder, 'c.pem'), join(folder, 'k.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext',
    'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  const sim = keep(await startSim('--user', 'host', '--rate', '50', '--tls-cert', certificate, '--tls-key', key));
  assert.match(sim.origin, /^https:/);
  const trusting = keep(await startApi(sim, { TIKTOK_CA_FILE: certificate }));
  assert.equal((await trusting.connect('s', 'host')).json.state, 'connected');
  const listener = await listen(trusting, '/ws/events/s');
  await listener.until((m) => m.length > 5);
  const wary = keep(await startApi(sim));
  const refused = await wary.connect('s', 'host');
  assert.equal(refused.status, 502);
  assert.equal(refused.json.details.reason, 'upstream_error');
  rmSync(folder, { recursive: true });
});

test('bad bodies are answered with every fault at once', limit, async () => {
  const api = keep(await startApi(null));
  const answer = await api.call('/connect', { method: 'POST', body: { sesion_id: 'x', username: 5, extra: true } });
  assert.equal(answer.status, 400);
  assert.deepEqual(answer.json.details.errors.map((e) => e.field).sort(), ['extra', 'sesion_id', 'session_id', 'username']);
  assert.equal((await api.call('/connect', { method: 'POST', body: '{' })).status, 400);
  assert.equal((await api.call('/sessions', { headers: { 'X-API-Key': 'no' } })).status, 401);
});
