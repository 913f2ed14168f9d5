// What is withdrawn ends at once: open sockets and streams too, within a second, whoever withdrew it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { query } from './databases.mjs';
import { listen, sanitized, startApi, startSim } from './programs.mjs';
import { ADMIN_KEY, claimsOf, login, makeKey, makeUser, signed, withAccounts } from './people.mjs';
import { until } from './wait.mjs';

/** All kinds of things that stay open, of one credential; `closed` gives when each of them ended. */
async function openAll(api, credential) {
  const query = credential.key ? `api_key=${credential.key}` : `token=${credential.token}`;
  const ended = {};
  const sockets = [];
  for (const path of ['/ws/events/quiz', '/ws/comments/quiz']) {
    const socket = await listen(api, `${path}?${query}`, null);
    await socket.until((m) => m.length > 0);
    sockets.push(socket);
    ended[path] = socket.closed.then(({ code }) => [code, Date.now()]);
  }
  const headers = credential.key ? { 'X-API-Key': credential.key } : { Authorization: `Bearer ${credential.token}` };
  for (const [path, accept] of [['/sessions/quiz/stream', ''], ['/sessions/quiz/events?follow=1', 'application/x-ndjson']]) {
    const reply = await fetch(api.origin + path, { headers: { ...headers, ...(accept && { Accept: accept }) } });
    assert.equal(reply.status, 200);
    ended[path] = reply.text().then(() => ['end', Date.now()]);
  }
  return {
    sockets,
    async end(what, act) {
      const begun = Date.now();
      await act();
      for (const [path, promise] of Object.entries(ended)) {
        const [how, when] = await promise;
        assert.equal(how, path.startsWith('/ws') ? 4001 : 'end', `${what}: ${path}`);
        assert.ok(when - begun <= (sanitized ? 5000 : 1000), `${what}: ${path} after ${when - begun} ms`);
      }
    },
  };
}

test('sockets and streams end within a second of their credential', async (t) => {
  const sim = await startSim('--user', 'host', '--rate', '20', '--count', '100000');
  t.after(() => sim.stop());
  const api = await startApi(sim, withAccounts);
  t.after(() => api.stop());
  const user = await makeUser(api, 'ann');
  const owner = await makeKey(api, { user: 'ann', name: 'owner' });
  await api.call('/connect', { method: 'POST', key: owner.key, body: { session_id: 'quiz', username: 'host' } });
  const patch = (body) => api.call(`/auth/users/${user.id}`, { method: 'PATCH', key: ADMIN_KEY, body });
  const newKey = () => makeKey(api, { user: 'ann', name: 'k' });

  const other = await listen(api, '/ws/events/quiz', owner.key);
  const one = await newKey();
  await (await openAll(api, one)).end('a revoked key', () => api.call(`/auth/api-keys/${one.id}`, { method: 'DELETE', key: ADMIN_KEY }));
  const two = await newKey();
  await (await openAll(api, two)).end('a key revoked by a command', () => assert.equal(api.run(['keys', 'revoke', two.id]).code, 0));
  const pair = await login(api, 'ann');
  await (await openAll(api, { token: pair.access_token })).end('a logout', () => api.call('/auth/logout', { method: 'POST', token: pair.access_token }));
  const next = await login(api, 'ann');
  await (await openAll(api, { token: next.access_token })).end('tokens revoked by a command', () => assert.equal(api.run(['tokens', 'revoke', 'ann']).code, 0));
  const bob = await makeUser(api, 'bob', 'admin');
  const demoted = await makeKey(api, { user: 'bob', name: 'k' });
  const reading = await openAll(api, demoted);
  await api.call(`/auth/users/${bob.id}`, { method: 'PATCH', key: ADMIN_KEY, body: { role: 'readonly' } });
  for (const socket of reading.sockets) assert.equal((await socket.closed).code, 4001, 'they were open to an admin, of whom bob is none any more');
  assert.equal((await api.call('/profiles', { key: demoted.key })).status, 200, 'reading goes on');
  const heard = other.messages.length;
  await other.until((m) => m.length > heard); // whose credential holds hears on
  const last = await openAll(api, await newKey());
  await last.end('a disabled user', () => patch({ is_active: false }));
  assert.equal((await other.closed).code, 4001);
});

test('a token that expires closes what it opened', async (t) => {
  const sim = await startSim('--user', 'host', '--rate', '20', '--count', '100000');
  t.after(() => sim.stop());
  const api = await startApi(sim, { ...withAccounts, JWT_ACCESS_TOKEN_EXPIRE: '30' });
  t.after(() => api.stop());
  await makeUser(api, 'ann');
  const pair = await login(api, 'ann');
  await api.call('/connect', { method: 'POST', token: pair.access_token, body: { session_id: 'quiz', username: 'host' } });
  const soon = signed({ ...claimsOf(pair.access_token), exp: Math.floor(Date.now() / 1000) + 3 });
  const open = await openAll(api, { token: soon });
  for (const socket of open.sockets) assert.equal((await socket.closed).code, 4001);
  assert.equal((await api.call('/auth/me', { token: soon })).status, 401);
  assert.equal((await api.call('/auth/me', { token: pair.access_token })).status, 200);
});

test("a rotated key's sockets end with its overlap, and what it has made with them", async (t) => {
  const sim = await startSim('--user', 'host', '--rate', '20', '--count', '100000');
  t.after(() => sim.stop());
  const api = await startApi(sim, withAccounts);
  t.after(() => api.stop());
  await makeUser(api, 'ann');
  const { access_token: token } = await login(api, 'ann');
  await api.call('/connect', { method: 'POST', token, body: { session_id: 'quiz', username: 'host' } });
  const first = await makeKey(api, { token, name: 'k' });
  const child = (await api.call('/auth/api-keys', { method: 'POST', key: first.key, body: { name: 'child' } })).json;
  const open = [await openAll(api, first), await openAll(api, { key: child.api_key })];
  const rotated = JSON.parse(api.run(['keys', 'rotate', first.id, '--overlap-hours', '1', '--json']).out);
  await until('the rotated key is noticed', async () => (await api.call('/auth/me', { key: rotated.api_key })).status === 200);
  const { keys } = (await api.call('/auth/api-keys', { token })).json;
  const end = (id) => Date.parse(keys.find((k) => k.id === id).expires_at) - Date.now();
  assert.ok(end(first.id) > 3_500_000 && end(first.id) <= 3_600_000, 'in an hour');
  assert.equal(end(child.id) <= 3_600_000, true, 'a key that it has made too');
  // The hour in short: as `keys rotate` does it, with the end in a second.
  await Promise.all(open.map((one) => one.end('a rotated key', () => {
    const sql = `UPDATE api_keys SET expires_at = ${Date.now() + 300} WHERE id = '${first.id}'; UPDATE auth_version SET version = version + 1;`;
    query(api.folder, sql);
  })));
  assert.equal((await api.call('/auth/me', { key: child.api_key })).status, 401);
  assert.equal((await api.call('/auth/me', { key: rotated.api_key })).status, 200);
});
