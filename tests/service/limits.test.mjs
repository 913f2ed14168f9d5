// How often one may call: buckets by key, user and address, guessing, sockets, sessions, and a storm of logins.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEY, countBy, exchange, listen, startApi, startSim } from './programs.mjs';
import { ADMIN_KEY, login, makeKey, makeUser, tryLogin, withAccounts } from './people.mjs';
import { until } from './wait.mjs';

const limited = { ...withAccounts, RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_API_REQUESTS: '20', RATE_LIMIT_API_WINDOW: '600' };

test('each key and each address has its own bucket, and each answer its headers', async (t) => {
  const api = await startApi(null, limited);
  t.after(() => api.stop());
  await makeUser(api, 'ann');
  const keys = [await makeKey(api, { user: 'ann', name: 'a' }), await makeKey(api, { user: 'ann', name: 'b' })].map((k) => k.key);
  const before = Math.floor(Date.now() / 1000);
  for (let left = 19; left >= 0; left--) {
    const { status, headers } = await api.call('/sessions', { key: keys[0] });
    assert.equal(status, 200);
    assert.deepEqual([headers.get('x-ratelimit-limit'), headers.get('x-ratelimit-remaining')], ['20', String(left)]);
    const reset = Number(headers.get('x-ratelimit-reset')) - before;
    assert.ok(reset >= 30 * (20 - left) - 2 && reset <= 600 + 60, String(reset));
    assert.equal(headers.get('ratelimit-policy'), '"api";q=20;w=600');
    assert.match(headers.get('ratelimit'), new RegExp(`^"api";r=${left};t=\\d+$`));
  }
  const refused = await api.call('/sessions', { key: keys[0] });
  assert.equal(refused.status, 429);
  assert.equal(refused.json.error, 'RATE_LIMIT_EXCEEDED');
  assert.deepEqual([refused.json.limit, refused.json.window, refused.json.remaining], [20, 600, 0]);
  assert.deepEqual([refused.json.details.rule, refused.json.details.setting], ['api', 'RATE_LIMIT_API_REQUESTS']);
  assert.match(refused.json.message, /^Rate limit exceeded: rule 'api' allows 20 requests in 600 s \(RATE_LIMIT_API_REQUESTS\); try again in \d+ s$/);
  assert.ok(refused.json.retry_after >= 1 && refused.json.retry_after <= 30);
  assert.equal(refused.headers.get('retry-after'), String(refused.json.retry_after));
  assert.equal(refused.headers.get('x-ratelimit-remaining'), '0');
  assert.equal((await api.call('/sessions', { key: keys[1] })).status, 200, 'another key of the same user');
  assert.equal((await api.call('/no/such/route', { key: null })).headers.get('x-ratelimit-remaining'), '19', 'the address');
  assert.equal((await api.call('/sessions', { key: null })).headers.get('x-ratelimit-remaining'), '18');
  // A token counts by its user, whichever token it is.
  const tokens = [await login(api, 'ann'), await login(api, 'ann')].map((p) => p.access_token);
  await api.call('/sessions', { token: tokens[0] });
  assert.equal((await api.call('/sessions', { token: tokens[1] })).headers.get('x-ratelimit-remaining'), '18');
  for (let i = 0; i < 50; i++) assert.equal((await api.call('/monitoring/ping', { key: null })).status, 200);
  const probe = await api.call('/healthcheck', { key: null });
  assert.equal(probe.headers.get('x-ratelimit-limit'), null, 'who probes is never turned away');
  await api.logged(/"message":"Rate limit exceeded","rule":"api"/);
  const violations = (await api.call('/monitoring/rate-limits/violations', { key: ADMIN_KEY })).json;
  assert.deepEqual([violations.total, violations.by_user.ann, violations.violations[0].reason], [1, 1, 'api']);
  const limits = (await api.call('/monitoring/rate-limits', { key: ADMIN_KEY })).json;
  assert.deepEqual(limits.rate_limits.find((l) => l.rule === 'api'), { rule: 'api', enabled: true, requests: 20, window_seconds: 600, burst: 20 });
  assert.deepEqual(countBy(limits.rate_limits, (l) => l.rule), { api: 1, auth: 1, connect: 1, websocket: 1, strict: 1 });
});

test('the documented numbers of the rate limits are the default', async (t) => {
  const api = await startApi(null, { ...withAccounts, RATE_LIMIT_ENABLED: undefined });
  t.after(() => api.stop());
  const rules = (await api.call('/monitoring/rate-limits', { key: ADMIN_KEY })).json.rate_limits;
  assert.deepEqual(rules.map((r) => [r.rule, r.requests, r.window_seconds]), [['api', 100, 60], ['auth', 10, 60], ['connect', 5, 300], ['websocket', 20, 60], ['strict', 10, 60]]);
});

test('guessing ten thousand keys from one address is stopped after ten, whatever it says of itself', async (t) => {
  const api = await startApi(null, { ...withAccounts, RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_AUTH_WINDOW: '600' });
  t.after(() => api.stop());
  const statuses = {};
  const key = (i) => 'pk_' + String(i).padStart(43, 'g');
  for (let batch = 0; batch < 100; batch++) {
    const requests = Array.from({ length: 100 }, (_, i) => {
      const n = batch * 100 + i;
      return `GET /sessions HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key(n)}\r\nX-Forwarded-For: 10.${n % 256}.${n >> 8}.1\r\nX-Real-IP: 10.1.1.${n % 256}\r\nForwarded: for=10.2.2.${n % 256}\r\n${i === 99 ? 'Connection: close\r\n' : ''}\r\n`;
    });
    const answers = await exchange(api, requests.join(''));
    for (const [, status] of answers.matchAll(/HTTP\/1\.1 (\d+)/g)) statuses[status] = (statuses[status] ?? 0) + 1;
  }
  assert.equal(statuses[401] + statuses[429], 10_000);
  assert.ok(statuses[401] <= 11, `${statuses[401]} keys were looked at`);
  for (let i = 0; i < 30; i++) assert.equal((await api.call('/sessions', { key: KEY })).status, 200, 'a right one is served, whatever others at its address do');
  const { json } = await api.call('/sessions', { key: key(10_001) });
  assert.deepEqual([json.details.rule, json.details.setting, json.details.limit, json.details.window], ['auth', 'RATE_LIMIT_AUTH_REQUESTS', 10, 600]);
  assert.equal((await api.call('/healthcheck', { key: null })).status, 200);
  const failures = (await api.call('/sessions', { key: null })).status;
  assert.equal(failures, 401, 'who offers nothing guesses nothing');
});

test('a mistake and a repeated /connect use up none of the connections, and each refusal says why', async (t) => {
  const sim = await startSim('--user', 'host', '--rate', '5');
  t.after(() => sim.stop());
  const api = await startApi(sim, { ...withAccounts, RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_CONNECT_REQUESTS: '2', RATE_LIMIT_CONNECT_WINDOW: '600' });
  t.after(() => api.stop());
  await makeUser(api, 'ann');
  const { key } = await makeKey(api, { user: 'ann', name: 'k' });
  const connect = (body) => api.call('/connect', { method: 'POST', key, body });
  for (const body of [{}, { session_id: 'a' }, { session_id: 'a b', username: 'host' }, '{']) {
    const reply = await connect(body);
    assert.equal(reply.status, 400, JSON.stringify(body));
    assert.equal(reply.headers.get('ratelimit-policy'), '"api";q=100;w=60');
  }
  assert.equal((await connect({ session_id: 'a', username: 'host' })).headers.get('x-ratelimit-remaining'), '1');
  for (let i = 0; i < 5; i++) {
    const { status, headers } = await connect({ session_id: 'a', username: '@HOST' });
    assert.deepEqual([status, headers.get('x-ratelimit-remaining')], [200, null], 'it runs already');
  }
  assert.equal((await connect({ session_id: 'b', username: 'host' })).headers.get('x-ratelimit-remaining'), '0');
  const refused = await connect({ session_id: 'c', username: 'host' });
  assert.equal(refused.status, 429);
  assert.deepEqual([refused.json.details.rule, refused.json.details.setting, refused.json.limit, refused.json.window], ['connect', 'RATE_LIMIT_CONNECT_REQUESTS', 2, 600]);
  assert.equal((await connect({ session_id: 'a', username: 'host' })).status, 200, 'also then');
  const reader = (await makeKey(api, { user: 'ann', name: 'r', permissions: ['read'] })).key;
  const forbidden = await api.call('/connect', { method: 'POST', key: reader, body: { session_id: 'c', username: 'host' } });
  assert.deepEqual([forbidden.status, forbidden.json.details.required_permission], [403, 'connect']);
  assert.match(forbidden.json.message, /the permission 'connect' is needed/);
  const nobody = await api.call('/connect', { method: 'POST', key: null, body: { session_id: 'c', username: 'host' } });
  assert.equal(nobody.status, 401);
  assert.match(nobody.json.message, /send X-API-Key, or Authorization: Bearer/);
});

test('logins of one address are limited, with tokens and forged addresses too', async (t) => {
  const api = await startApi(null, { ...withAccounts, RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_AUTH_WINDOW: '600' });
  t.after(() => api.stop());
  const statuses = [];
  for (let i = 0; i < 15; i++) statuses.push((await tryLogin(api, `user${i}`, 'wrong password', { 'X-Forwarded-For': `10.0.0.${i}`, 'X-API-Key': KEY })).status);
  assert.deepEqual(countBy(statuses, (s) => s), { 401: 10, 429: 5 });
});

test('behind a trusted proxy the right-most address that is none of ours counts, and an IPv6 caller by /64', async (t) => {
  const api = await startApi(null, { ...limited, TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8' });
  t.after(() => api.stop());
  const left = async (forwarded) => {
    const { headers } = await api.call('/no/such/route', { key: null, headers: { 'X-Forwarded-For': forwarded } });
    return Number(headers.get('x-ratelimit-remaining'));
  };
  assert.equal(await left('203.0.113.5'), 19);
  assert.equal(await left('203.0.113.6'), 19, 'somebody else');
  assert.equal(await left('198.51.100.1, 203.0.113.5'), 18, 'what stands left of it is the caller’s word');
  assert.equal(await left('198.51.100.2, 203.0.113.5, 10.1.2.3'), 17, 'our own proxies are passed over');
  assert.equal(await left('2001:db8:1:2::1'), 19);
  assert.equal(await left('2001:db8:1:2:ffff::9'), 18, 'the same /64');
  assert.equal(await left('2001:db8:1:3::1'), 19);
  await api.call('/sessions', { key: 'pk_wrong', headers: { 'X-Forwarded-For': '198.51.100.1, 203.0.113.77' } });
  await api.logged(/"Authentication failed"[^\n]*"client_ip":"203\.0\.113\.77"/);
});

test('sockets, streams and sessions of one key have a bound', async (t) => {
  const sim = await startSim('--user', 'host', '--user', 'other', '--rate', '5');
  t.after(() => sim.stop());
  const api = await startApi(sim, { ...withAccounts, WEBSOCKET_MAX_PER_KEY: '3', WEBSOCKET_MAX_PER_ADDRESS: '5', LIVE_MAX_SESSIONS_PER_KEY: '2' });
  t.after(() => api.stop());
  for (const name of ['ann', 'bob', 'eve']) await makeUser(api, name);
  const [ann, bob, eve] = await Promise.all(['ann', 'bob', 'eve'].map(async (user) => (await makeKey(api, { user, name: 'k' })).key));
  const connect = (key, session_id) => api.call('/connect', { method: 'POST', key, body: { session_id, username: 'host' } });
  for (const [id, status] of [['a1', 200], ['a2', 200], ['a3', 429], ['a1', 200]]) assert.equal((await connect(ann, id)).status, status, id);
  assert.equal((await connect(bob, 'b1')).status, 200);
  await api.call('/disconnect', { method: 'POST', key: ann, body: { session_id: 'a2' } });
  assert.equal((await connect(ann, 'a3')).status, 200);

  const sockets = [await listen(api, '/ws/events/a1', ann), await listen(api, '/ws/comments/a1', ann)];
  for (const socket of sockets) await socket.until((m) => m.length > 0);
  const stream = await fetch(`${api.origin}/sessions/a1/stream?api_key=${ann}`);
  assert.equal(stream.status, 200);
  assert.equal((await (await listen(api, '/ws/events/a1', ann)).closed).code, 4029);
  const refused = await api.call('/sessions/a1/stream', { key: ann });
  assert.deepEqual([refused.status, refused.json.error, refused.json.limit], [429, 'RATE_LIMIT_EXCEEDED', 3]);
  const others = [await listen(api, '/ws/events/b1', bob), await listen(api, '/ws/comments/b1', bob)];
  for (const socket of others) await socket.until((m) => m.length > 0);
  assert.equal((await (await listen(api, '/ws/comments/e', eve)).closed).code, 4029, 'five of one address');
  sockets[0].close();
  await sockets[0].closed;
  const again = await until('the place of the closed socket is free', async () => {
    const socket = await listen(api, '/ws/events/a1', ann);
    const open = await Promise.race([socket.until((m) => m.length > 0).then(() => true), socket.closed.then(() => false)]);
    return open && socket;
  });
  again.close();
  await stream.body.cancel();
});

test('a storm of logins starves nobody: others are answered meanwhile, and what is too much is told to come back', async (t) => {
  const api = await startApi(null, { ...withAccounts, PASSWORD_HASH_THREADS: '1' });
  t.after(() => api.stop());
  const many = 100;
  let running = many;
  const storm = Array.from({ length: many }, (_, i) => tryLogin(api, `user${i}`, 'a wrong password').finally(() => running--));
  let meanwhile = 0;
  while (running > 0) {
    assert.equal((await api.call('/sessions')).status, 200);
    if (running > 0) meanwhile++;
  }
  const replies = await Promise.all(storm);
  const counts = countBy(replies, (r) => r.status);
  assert.equal((counts[401] ?? 0) + (counts[503] ?? 0), many, JSON.stringify(counts));
  assert.ok(counts[503] > 0, 'the pool has a bound');
  for (const reply of replies) if (reply.status === 503) assert.equal(reply.headers.get('retry-after'), '2');
  assert.ok(meanwhile > 20, `${meanwhile} answers while passwords were checked`);
});
