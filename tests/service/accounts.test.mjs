// Accounts, keys and tokens as their owners use them.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { everythingKept } from './databases.mjs';
import { startApi } from './programs.mjs';
import { ADMIN_KEY, PASSWORD, login, makeKey, makeUser, refresh, tryLogin, withAccounts } from './people.mjs';
import { until } from './wait.mjs';

const other = 'another good sentence 42';

test('the development admin and the environment key are there, and the log says so', async (t) => {
  const api = await startApi(null, { API_KEY: 'dev-api-key-12345' });
  t.after(() => api.stop());
  const pair = await login(api, 'admin', 'Admin123!');
  assert.equal(pair.token_type, 'bearer');
  assert.equal(pair.expires_in, 3600);
  assert.equal(pair.user.role, 'admin');
  const me = await api.call('/auth/me', { key: 'dev-api-key-12345' });
  assert.deepEqual([me.json.username, me.json.role, me.json.permissions], ['dev', 'service', ['*']]);
  assert.equal((await api.call('/auth/users', { token: pair.access_token })).json.total, 1);
  await api.logged(/Created dev user for environment API key/);
  await api.logged(/"role":"SERVICE","permissions":"\*"/);
  await api.logged(/Development admin created with a password that everybody knows/);
});

test('who registers is a user; only an admin grants more; names, mails and passwords have rules', async (t) => {
  const api = await startApi(null, withAccounts);
  t.after(() => api.stop());
  const register = (body, key = null) => api.call('/auth/register', { method: 'POST', key, body });
  const ann = { username: 'ann', email: 'ann@example.org', password: PASSWORD };
  const made = await register(ann);
  assert.equal(made.status, 201);
  assert.deepEqual([made.json.user.role, made.json.user.permissions], ['user', ['read', 'write', 'connect']]);
  assert.equal('password' in made.json.user, false);
  assert.equal((await register({ ...ann, username: 'ANN' })).status, 409);
  assert.equal((await register({ ...ann, username: 'bob', role: 'service' })).status, 403);
  assert.equal((await register({ ...ann, username: 'bob', role: 'admin' })).status, 403);
  assert.equal((await register({ ...ann, username: 'bob', role: 'admin' }, ADMIN_KEY)).status, 201);
  assert.equal((await register({ ...ann, username: 'rob', role: 'readonly' })).status, 201);
  const wrong = await register({ username: 'a', email: 'nowhere', password: 'password1', role: 'king', admin: true });
  assert.equal(wrong.status, 400);
  assert.deepEqual(wrong.json.details.errors.map((e) => e.field), ['username', 'email', 'password', 'role', 'admin']);
  for (const password of ['short', 'x'.repeat(129), 'Password123!', 'qwertyuiop', 'my name is ann4']) {
    assert.equal((await register({ ...ann, username: 'ann4', password })).status, 400, password);
  }
  const longest = Array.from({ length: 32 }, (_, i) => `ö${i % 10}${'abcdef'[i % 6]} `).join('');
  assert.equal((await register({ ...ann, username: 'rose', password: longest })).status, 201, '128 characters, not bytes');
  await login(api, 'rose', longest);
  assert.equal((await tryLogin(api, 'rose', longest.slice(0, -1) + '.')).status, 401, 'the last character counts');

  const closed = await startApi(null, { ...withAccounts, ALLOW_REGISTRATION: 'false' });
  t.after(() => closed.stop());
  const body = { method: 'POST', body: ann };
  assert.equal((await closed.call('/auth/register', { ...body, key: null })).status, 403);
  assert.equal((await closed.call('/auth/register', { ...body, key: ADMIN_KEY })).status, 201);
});

test('a wrong password and an unknown user are answered alike; five in a row lock, also over a kill -9', async (t) => {
  let api = await startApi(null, withAccounts);
  t.after(() => api.stop());
  await makeUser(api, 'ann');
  await makeUser(api, 'bob');
  const plain = ({ status, json }) => [status, json.error, json.message, json.details];
  for (let i = 0; i < 5; i++) {
    const wrong = await tryLogin(api, 'ann', 'not her password');
    const unknown = await tryLogin(api, 'nobody', 'not her password');
    assert.deepEqual(plain(wrong), plain(unknown));
    assert.equal(wrong.json.error, 'AUTHENTICATION_FAILED');
  }
  for (const name of ['ann', 'ANN', 'nobody']) {
    const locked = await tryLogin(api, name);
    assert.equal(locked.status, 401);
    assert.match(locked.json.message, /locked/);
    assert.ok(Number(locked.headers.get('retry-after')) > 800, 'about 15 minutes');
  }
  await api.kill();
  api = await startApi(null, withAccounts, api.folder);
  assert.equal((await tryLogin(api, 'ann')).status, 401, 'a restart unlocks nobody');
  await login(api, 'bob');
  await api.logged(/Authentication failed/);
  // The operator's way out.
  assert.equal(api.run(['users', 'set-password', 'ann', '--password-file', '-'], other + '\n').code, 0);
  await login(api, 'ann', other);
});

test('four failures and a success leave no trace; many guesses at once are no more than five', async (t) => {
  const api = await startApi(null, withAccounts);
  t.after(() => api.stop());
  await makeUser(api, 'ann');
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 4; i++) assert.equal((await tryLogin(api, 'ann', 'not her password')).status, 401);
    await login(api, 'ann');
  }
  await makeUser(api, 'bob');
  const guesses = Array.from({ length: 20 }, (_, i) => tryLogin(api, 'bob', i === 19 ? PASSWORD : `guess number ${i}`));
  const replies = await Promise.all(guesses);
  const judged = replies.filter((r) => /Invalid username or password/.test(r.json.message ?? '')).length;
  assert.ok(judged <= 5, `${judged} guesses were looked at`);
});

test('a refresh token works once; its theft ends the family; an answer that got lost can be asked for again', async (t) => {
  const api = await startApi(null, withAccounts);
  t.after(() => api.stop());
  await makeUser(api, 'ann');
  const me = async (pair) => (await api.call('/auth/me', { token: pair.access_token })).status;
  const first = await login(api, 'ann');
  const second = (await refresh(api, first.refresh_token)).json;
  assert.notEqual(second.refresh_token, first.refresh_token);
  const again = (await refresh(api, first.refresh_token)).json;
  assert.equal(again.refresh_token, second.refresh_token, 'within 10 s the same answer');
  const third = (await refresh(api, second.refresh_token)).json;
  assert.equal(await me(third), 200);
  // first is two turns old now: whoever has it has stolen it.
  assert.equal((await refresh(api, first.refresh_token)).status, 401);
  for (const pair of [first, second, third]) assert.equal(await me(pair), 401);
  assert.equal((await refresh(api, third.refresh_token)).status, 401);
  const alerts = await api.call('/monitoring/security/alerts', { key: ADMIN_KEY });
  assert.equal(alerts.json.alerts[0].kind, 'token_reuse');

  // Both of a race get the same tokens, and the login lives on.
  const fresh = await login(api, 'ann');
  const race = await Promise.all([refresh(api, fresh.refresh_token), refresh(api, fresh.refresh_token)]);
  assert.deepEqual(race.map((r) => r.status), [200, 200]);
  assert.equal(race[0].json.refresh_token, race[1].json.refresh_token);
  assert.equal(await me(race[0].json), 200);
});

test('logging out, a new password, disabling and deleting end what they should, and a restart revives nothing', async (t) => {
  let api = await startApi(null, withAccounts);
  t.after(() => api.stop());
  const user = await makeUser(api, 'ann');
  const status = async (options) => (await api.call('/auth/me', options)).status;
  const one = await login(api, 'ann');
  const two = await login(api, 'ann');
  assert.equal((await api.call('/auth/logout', { method: 'POST', token: one.access_token })).status, 200);
  assert.equal(await status({ token: one.access_token }), 401);
  assert.equal((await refresh(api, one.refresh_token)).status, 401);
  assert.equal(await status({ token: two.access_token }), 200, 'the other login goes on');
  const key = await makeKey(api, { token: two.access_token, name: 'mine' });

  const change = (current_password, new_password) =>
    api.call('/auth/password', { method: 'POST', token: two.access_token, body: { current_password, new_password } });
  assert.equal((await change('not the password', other)).status, 401);
  assert.equal((await change(PASSWORD, 'Password123!')).status, 400);
  assert.equal((await change(PASSWORD, other)).status, 200);
  assert.equal(await status({ token: two.access_token }), 401, 'all logins ended');
  assert.equal((await tryLogin(api, 'ann')).status, 401);
  const three = await login(api, 'ann', other);

  await api.kill();
  api = await startApi(null, withAccounts, api.folder);
  for (const pair of [one, two]) assert.equal(await status({ token: pair.access_token }), 401, 'revoked stays revoked');
  assert.equal(await status({ token: three.access_token }), 200);
  assert.equal(await status({ key: key.key }), 200, 'keys survive');

  const patch = (body) => api.call(`/auth/users/${user.id}`, { method: 'PATCH', key: ADMIN_KEY, body });
  assert.equal((await patch({ is_active: false })).json.is_active, false);
  for (const options of [{ token: three.access_token }, { key: key.key }]) assert.equal(await status(options), 401);
  assert.equal((await tryLogin(api, 'ann', other)).status, 401);
  assert.equal((await patch({ is_active: true })).status, 200);
  assert.equal(await status({ key: key.key }), 200);
  assert.equal(await status({ token: three.access_token }), 401, 'logins do not come back');
  assert.equal((await api.call(`/auth/users/${user.id}`, { method: 'DELETE', key: ADMIN_KEY })).status, 200);
  assert.equal(await status({ key: key.key }), 401);
  assert.equal((await api.call(`/auth/users/${user.id}`, { key: ADMIN_KEY })).status, 404);
});

test('a key is shown once, listed without its secret, and never does more than its owner may', async (t) => {
  const api = await startApi(null, { ...withAccounts, API_KEY_MAX_PER_USER: '4' });
  t.after(() => api.stop());
  const user = await makeUser(api, 'ann');
  const pair = await login(api, 'ann');
  const made = await makeKey(api, { token: pair.access_token, name: 'overlay', permissions: ['read'], expires_in_days: 7 });
  assert.match(made.key, /^pk_[A-Za-z0-9_-]{43}$/);
  assert.equal(made.preview, made.key.slice(0, 8));
  assert.equal(Math.round((Date.parse(made.expires_at) - Date.parse(made.created_at)) / 86_400_000), 7);
  const call = (path, key, options = {}) => api.call(path, { key, ...options });
  const list = (await api.call('/auth/api-keys', { token: pair.access_token })).json;
  assert.equal(list.total, 1);
  assert.equal(JSON.stringify(list).includes(made.key), false);
  assert.equal((await call('/sessions', made.key)).status, 200);
  assert.equal((await call('/disconnect', made.key, { method: 'POST', body: { session_id: 'x' } })).status, 403);

  const post = (path, options) => api.call(path, { method: 'POST', ...options });
  assert.equal((await post('/auth/api-keys', { token: pair.access_token, body: { permissions: ['admin'] } })).status, 403);
  assert.equal((await post('/auth/api-keys', { token: pair.access_token, body: { permissions: ['*'] } })).status, 403);
  assert.equal((await post('/auth/api-keys', { key: made.key, body: { permissions: ['write'] } })).status, 403, 'nor more than the key in use');
  assert.equal((await post('/auth/api-keys?user=admin', { token: pair.access_token, body: {} })).status, 403);
  const full = await makeKey(api, { token: pair.access_token, name: 'full' });
  assert.deepEqual(full.permissions, ['read', 'write', 'connect']);
  const disconnect = { method: 'POST', body: { session_id: 'x' } };
  assert.equal((await call('/disconnect', full.key, disconnect)).status, 200);
  const role = (name) => api.call(`/auth/users/${user.id}`, { method: 'PATCH', key: ADMIN_KEY, body: { role: name } });
  await role('readonly');
  assert.equal((await call('/disconnect', full.key, disconnect)).status, 403, 'the owner may no longer');
  await role('user');
  assert.equal((await call('/disconnect', full.key, disconnect)).status, 200);

  // Another's key: as if it were not there, except for an admin.
  await makeUser(api, 'bob');
  const bob = await login(api, 'bob');
  const revoke = (options) => api.call(`/auth/api-keys/${full.id}`, { method: 'DELETE', ...options });
  assert.equal((await revoke({ token: bob.access_token })).status, 404);
  assert.equal((await revoke({ key: made.key })).status, 403, 'a lesser key of the same user');
  assert.equal((await revoke({ token: pair.access_token })).status, 200);
  assert.equal((await call('/sessions', full.key)).status, 401);
  assert.equal((await revoke({ token: pair.access_token })).status, 404);
  assert.equal((await post('/auth/api-keys/revoke', { key: ADMIN_KEY, body: { key_id: made.id } })).status, 200);
  assert.equal((await call('/sessions', made.key)).status, 401);

  for (let i = 0; i < 4; i++) await makeKey(api, { token: pair.access_token, name: `k${i}` });
  assert.equal((await post('/auth/api-keys', { token: pair.access_token, body: {} })).status, 409);
  for (const name of ['a\u001b[2Jb', 'two\nlines', 'x'.repeat(101)]) {
    assert.equal((await post('/auth/api-keys', { token: pair.access_token, body: { name } })).status, 400);
  }
  const wrong = await post('/auth/api-keys/generate', { token: pair.access_token, body: { name: '', permissions: ['fly', 7], expires_in_days: 0, scope: 1 } });
  const fields = wrong.json.details.errors.map((e) => e.field);
  assert.deepEqual(fields.sort(), ['expires_in_days', 'name', 'permissions[0]', 'permissions[1]', 'scope']);
});

test('a key that the key of the settings has made ends with that setting', async (t) => {
  const api = await startApi(null, { ...withAccounts, API_KEY: 'dev-api-key-12345' });
  const made = await api.call('/auth/api-keys/generate', { method: 'POST', key: 'dev-api-key-12345', body: { name: 'child', expires_in_days: 3650 } });
  assert.equal(made.status, 201);
  assert.equal((await api.call('/auth/users', { key: made.json.api_key })).status, 200);
  await api.stop({ keep: true });
  const next = await startApi(null, { ...withAccounts, API_KEY: 'another-key-of-the-settings' }, api.folder);
  t.after(() => next.stop());
  assert.equal((await next.call('/auth/me', { key: made.json.api_key })).status, 401);
});

test('an admin sees all keys with their owners, ?user= narrows, and others see their own', async (t) => {
  const api = await startApi(null, withAccounts);
  t.after(() => api.stop());
  for (const name of ['ann', 'bob']) await makeUser(api, name);
  const ann = (await login(api, 'ann')).access_token;
  await makeKey(api, { token: ann, name: 'anns' });
  await makeKey(api, { user: 'bob', name: 'bobs' });
  await makeKey(api, { user: 'bob', name: 'bobs too' });
  const list = async (options, query = '') => {
    const { json } = await api.call('/auth/api-keys' + query, options);
    assert.equal(json.total, json.keys.length);
    return json.keys.map((k) => `${k.username} ${k.name}`).sort();
  };
  const all = ['ann anns', 'bob bobs', 'bob bobs too'];
  assert.deepEqual(await list({ key: ADMIN_KEY }), all);
  assert.deepEqual(await list({ token: (await login(api, 'admin', 'Admin123!')).access_token }), all);
  assert.deepEqual(await list({ key: ADMIN_KEY }, '?user=BOB'), ['bob bobs', 'bob bobs too']);
  assert.deepEqual(await list({ key: ADMIN_KEY }, '?user=environment-admin'), []);
  assert.deepEqual(await list({ token: ann }), ['ann anns']);
  assert.equal((await api.call('/auth/api-keys?user=bob', { token: ann })).status, 403);
  assert.equal((await api.call('/auth/api-keys?user=nobody', { key: ADMIN_KEY })).status, 404);
});

test('users and keys come in pages that hold each of them once', async (t) => {
  const api = await startApi(null, { ...withAccounts, RATE_LIMIT_ENABLED: 'false' });
  t.after(() => api.stop());
  const names = ['ann', 'bob', 'cid', 'dan'];
  for (const name of names) await makeUser(api, name);
  const made = [];
  for (const name of ['1', '2', '3', '4', '5']) made.unshift((await makeKey(api, { user: name === '4' ? 'bob' : 'ann', name })).name);
  const pages = async (path, member, label) => {
    const out = [];
    for (let cursor = ''; cursor !== null; ) {
      const { json } = await api.call(`${path}limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`, { key: ADMIN_KEY });
      out.push([json.total, ...json[member].map(label)]);
      cursor = json.next_cursor;
    }
    return out;
  };
  const name = (key) => key.name, username = (user) => user.username;
  assert.deepEqual(made, ['5', '4', '3', '2', '1']);
  assert.deepEqual(await pages('/auth/users?', 'users', username), [[5, 'admin', 'ann'], [5, 'bob', 'cid'], [5, 'dan']]);
  assert.deepEqual(await pages('/auth/api-keys?', 'keys', name), [[5, '5', '4'], [5, '3', '2'], [5, '1']]);
  assert.deepEqual(await pages('/auth/api-keys?user=ann&', 'keys', name), [[4, '5', '3'], [4, '2', '1']]);
  for (const [query, field] of [['limit=0', 'limit'], ['limit=1001', 'limit'], ['cursor=x', 'cursor']]) {
    for (const path of ['/auth/users', '/auth/api-keys']) {
      const refused = await api.call(`${path}?${query}`, { key: ADMIN_KEY });
      assert.deepEqual([refused.status, refused.json.details.field], [400, field], `${path}?${query}`);
    }
  }
});

test('a key that a key has made never outlives it: its own, of another user, rotated', async (t) => {
  const api = await startApi(null, withAccounts);
  t.after(() => api.stop());
  await makeUser(api, 'ann');
  const admin = (await login(api, 'admin', 'Admin123!')).access_token;
  const maker = await makeKey(api, { token: admin, name: 'maker', expires_in_days: 7 });
  const make = async (query, key = maker.key) => (await api.call(`/auth/api-keys${query}`, { method: 'POST', key, body: { name: 'made', expires_in_days: 3650 } })).json;
  const own = await make(''), anns = await make('?user=ann'), grandchild = await make('', anns.api_key);
  for (const made of [own, anns, grandchild]) assert.equal(made.expires_at, maker.expires_at);
  const rotated = JSON.parse(api.run(['keys', 'rotate', anns.id, '--overlap-hours', '1', '--days', '3000', '--json']).out);
  assert.equal(rotated.expires_at, maker.expires_at);
  const status = async (key) => (await api.call('/auth/me', { key })).status;
  await until('the rotated key is noticed', async () => (await status(rotated.api_key)) === 200);
  assert.equal(await status(grandchild.api_key), 200, 'the one before works for an hour more, and its own with it');
  await api.call(`/auth/api-keys/${maker.id}`, { method: 'DELETE', token: admin });
  for (const { api_key } of [own, anns, grandchild, rotated]) assert.equal(await status(api_key), 401);
  const dead = api.run(['keys', 'rotate', rotated.id]);
  assert.equal(dead.code, 1);
  assert.match(dead.err, new RegExp(`the key '${maker.id}' that made it has ended, and it with that: make a new one`));
});

test('what is typed as a username and is none is in no log and in no record', async (t) => {
  const api = await startApi(null, withAccounts);
  t.after(() => api.stop());
  await makeUser(api, 'ann');
  for (const typed of ['Summer-2024x', 'violet tram 7', 'hunter2']) assert.equal((await tryLogin(api, typed)).status, 401);
  await tryLogin(api, 'ANN', 'wrong password');
  const { failures } = (await api.call('/monitoring/auth/failures', { key: ADMIN_KEY })).json;
  assert.deepEqual(failures.map((f) => f.subject).reverse(), ['Su… (12 bytes)', '… (13 bytes)', '… (7 bytes)', 'ann']);
  await api.stop({ keep: true });
  assert.match(api.output(), /"Authentication failed".*"username":"Su… \(12 bytes\)"/);
  const kept = everythingKept(api.folder);
  for (const part of ['Summer', 'summer', 'violet', 'hunter']) {
    assert.equal(api.output().includes(part), false, part);
    assert.equal(kept.includes(part), false, `${part} in the database`);
  }
  rmSync(api.folder, { recursive: true });
});

test('a password is the same however a system types it', async (t) => {
  const api = await startApi(null, withAccounts);
  t.after(() => api.stop());
  await makeUser(api, 'ann', 'user', 'cafe\u0301 au lait\u00a0noir');
  await login(api, 'ann', 'caf\u00e9 au lait noir');
  assert.equal((await tryLogin(api, 'ann', 'cafe au lait noir')).status, 401);
  for (const password of ['tab\tin the middle', 'hidden\u202eturning', 'soft\u00adhyphen here']) {
    const refused = await api.call('/auth/users', { method: 'POST', key: ADMIN_KEY, body: { username: 'bob', password } });
    assert.equal(refused.status, 400);
    assert.match(refused.json.message, /^password: must not contain control or invisible characters/);
  }
});

test('what everybody knows opens to near callers only', async (t) => {
  const known = 'dev-api-key-12345';
  const api = await startApi(null, { API_KEY: known, TRUSTED_PROXIES: '127.0.0.2' });
  t.after(() => api.stop());
  const statuses = async (api, headers) => [
    (await api.call('/auth/me', { key: known, headers })).status,
    (await tryLogin(api, 'admin', 'Admin123!', headers)).status,
    (await api.call('/auth/register', { method: 'POST', key: null, headers, body: {} })).status,
  ];
  const near = [200, 200, 400], far = [401, 401, 403];
  assert.deepEqual(await statuses(api, {}), near);
  for (const headers of [{ 'X-Forwarded-For': '127.0.0.1' }, { 'X-Forwarded-Proto': 'https' }, { Forwarded: 'for=10.0.0.1' }, { Via: '1.1 gate' }]) {
    assert.deepEqual(await statuses(api, headers), far, JSON.stringify(headers));
  }
  const refused = await api.call('/auth/me', { key: known, headers: { Via: '1.1 gate' } });
  assert.match(refused.json.message, /^This key is known to everybody and accepted from loopback and private addresses only: set API_KEY/);
  await api.logged(/The development admin is let in from loopback and private addresses only/);
  const socket = await fetch(`${api.origin}/profile/x/avatar?api_key=${known}`, { headers: { Via: '1.1 gate' } });
  assert.equal(socket.status, 401);

  const behind = await startApi(null, { API_KEY: known, TRUSTED_PROXIES: '127.0.0.1' });
  t.after(() => behind.stop());
  assert.deepEqual(await statuses(behind, { 'X-Forwarded-For': '192.168.1.7', Via: '1.1 ours' }), near);
  assert.deepEqual(await statuses(behind, { 'X-Forwarded-For': '8.8.8.8' }), far);
  assert.deepEqual(await statuses(behind, { 'X-Forwarded-For': '192.168.1.7, 8.8.8.8' }), far);
  assert.deepEqual(await statuses(behind, { Via: '1.1 ours' }), far, 'passed on, and not said from where');

  // A key, a password and an open door of one's own are one's own affair.
  const own = await startApi(null, { ...withAccounts, ADMIN_PASSWORD: PASSWORD, ALLOW_REGISTRATION: 'true' });
  t.after(() => own.stop());
  const headers = { 'X-Forwarded-For': '8.8.8.8' };
  assert.equal((await own.call('/auth/me', { headers })).status, 200);
  assert.equal((await tryLogin(own, 'admin', PASSWORD, headers)).status, 200);
  assert.equal((await own.call('/auth/register', { method: 'POST', key: null, headers, body: {} })).status, 400);
});

test('the last admin stays, and the record tells who did what to whom', async (t) => {
  const api = await startApi(null, withAccounts);
  t.after(() => api.stop());
  const users = (await api.call('/auth/users', { key: ADMIN_KEY })).json.users;
  const admin = users.find((u) => u.username === 'admin');
  const path = `/auth/users/${admin.id}`;
  for (const body of [{ role: 'user' }, { is_active: false }]) {
    assert.equal((await api.call(path, { method: 'PATCH', key: ADMIN_KEY, body })).status, 409);
  }
  assert.equal((await api.call(path, { method: 'DELETE', key: ADMIN_KEY })).status, 409);
  await makeUser(api, 'eve', 'admin');
  assert.equal((await api.call(path, { method: 'DELETE', key: ADMIN_KEY })).status, 200);
  await tryLogin(api, 'eve', 'wrong\r\npassword');
  await tryLogin(api, 'x\n2026-01-01 FAKE line', 'wrong password');
  const key = await makeKey(api, { user: 'eve', name: 'k' });
  await api.call('/sessions', { key: 'pk_wrong' });

  const failures = (await api.call('/monitoring/auth/failures?limit=2', { key: ADMIN_KEY })).json;
  assert.equal(failures.failures.length, 2);
  assert.equal(failures.total, 3);
  assert.equal(failures.failures[0].reason, 'unknown or revoked API key');
  assert.equal(failures.by_ip['127.0.0.1'], 3);
  assert.ok(Date.parse(failures.failures[0].timestamp) >= Date.parse(failures.failures[1].timestamp), 'newest first');
  const all = (await api.call('/monitoring/security/alerts?kind=all', { key: ADMIN_KEY })).json.alerts;
  const deeds = all.filter((a) => a.success).map((a) => `${a.username} ${a.kind} ${a.subject} ${a.reason}`);
  assert.deepEqual(deeds.slice(0, 3), [
    `environment-admin key_change ${key.id} created for eve`,
    'environment-admin user_change admin deleted',
    'environment-admin user_change eve created as admin',
  ]);
  assert.equal((await api.call('/monitoring/auth/failures?limit=0', { key: ADMIN_KEY })).status, 400);
  assert.equal((await api.call('/monitoring/security/alerts?kind=none', { key: ADMIN_KEY })).status, 400);
  await api.stop({ keep: true });
  for (const line of api.output().split('\n')) if (line) JSON.parse(line); // no line was broken in two
});
