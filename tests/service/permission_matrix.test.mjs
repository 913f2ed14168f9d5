// Every route × every kind of credential: the status that the route's permission asks for, and no other. What it asks for stands in
// routes.expected.json, which is written by hand: a route with another permission than meant does not agree with it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { query } from './databases.mjs';
import { KEY, listen, runApi, startApi } from './programs.mjs';
import { ADMIN_KEY, JWT_SECRET, claimsOf, login, makeKey, makeUser, signed, withAccounts } from './people.mjs';
import { noteSecret } from './secrets.mjs';
import { until } from './wait.mjs';

const routes = JSON.parse(readFileSync(new URL('routes.expected.json', import.meta.url), 'utf8'));
const nameOf = (route) => `${route.websocket ? 'WS' : route.method} ${route.path}`;

const roles = {
  readonly: ['read'],
  user: ['read', 'write', 'connect'],
  service: ['read', 'write', 'connect'],
  admin: ['read', 'write', 'connect', 'admin'],
};

/** Name, credentials (`key` or `token`), and what their holder may; nothing: they are refused. */
async function makeCredentials(api) {
  const list = [
    { name: 'none', none: true },
    { name: 'wrong key', key: 'pk_' + 'A'.repeat(43) },
    { name: 'wrong token', token: signed({ sub: 'u_x', jti: 'a.b', type: 'access', exp: 4e9 }) },
    { name: 'another scheme', none: true, headers: { Authorization: 'Basic YWRtaW46QWRtaW4xMjMh' } }, // is nobody's business here
    { name: 'environment key', key: KEY, may: roles.admin },
    { name: 'environment admin', key: ADMIN_KEY, may: roles.admin },
  ];
  for (const [role, may] of Object.entries(roles)) {
    await makeUser(api, `matrix-${role}`, role);
    const pair = await login(api, `matrix-${role}`);
    list.push({ name: `${role} token`, token: pair.access_token, may, again: () => login(api, `matrix-${role}`) });
    list.push({ name: `${role} key`, key: (await makeKey(api, { user: `matrix-${role}`, name: 'k' })).key, may });
    list.push({ name: `${role} refresh token`, token: pair.refresh_token });
    list.push({ name: `${role} expired token`, token: signed({ ...claimsOf(pair.access_token), exp: 1_700_000_000 }) });
    list.push({ name: `${role} token signed with another key`, token: signed(claimsOf(pair.access_token), JWT_SECRET + 'x') });
  }
  for (const permissions of [['read'], ['write'], ['connect'], ['read', 'admin']]) {
    const made = await makeKey(api, { user: 'matrix-admin', name: 'scoped', permissions });
    list.push({ name: `admin key for ${permissions}`, key: made.key, may: permissions });
  }
  const expired = await makeKey(api, { user: 'matrix-admin', name: 'expired' });
  const revoked = await makeKey(api, { user: 'matrix-admin', name: 'revoked' });
  await api.call(`/auth/api-keys/${revoked.id}`, { method: 'DELETE', key: ADMIN_KEY });
  const sql = `UPDATE api_keys SET expires_at = 1 WHERE id = '${expired.id}'; UPDATE auth_version SET version = version + 1;`;
  query(api.folder, sql);
  await until('the expired key is refused', async () => (await api.call('/auth/me', { key: expired.key })).status !== 200);
  await makeUser(api, 'matrix-gone', 'admin');
  const gone = await login(api, 'matrix-gone');
  const goneKey = await makeKey(api, { user: 'matrix-gone', name: 'k' });
  await api.call('/auth/logout', { method: 'POST', token: gone.access_token });
  const still = await login(api, 'matrix-gone');
  await api.call(`/auth/users/${gone.user.id}`, { method: 'PATCH', key: ADMIN_KEY, body: { is_active: false } });
  list.push({ name: 'expired key', key: expired.key }, { name: 'revoked key', key: revoked.key });
  list.push({ name: 'revoked token', token: gone.access_token }, { name: "disabled user's token", token: still.access_token });
  list.push({ name: "disabled user's key", key: goneKey.key });
  // A stream token for a session of the id that all routes are tried with. Nobody has it, so no request could make this token.
  const streamToken = `st_${'s'.repeat(43)}`;
  noteSecret(streamToken);
  const hash = createHash('sha256').update(streamToken).digest('hex');
  const owner = (await login(api, 'matrix-admin')).user.id;
  query(api.folder, `INSERT INTO stream_tokens (id, user_id, name, hash, preview, maker_id, sessions, types, origins, created_at, expires_at)
    VALUES ('t_matrix', '${owner}', 'overlay', '${hash}', 'st_sssss', '', 'no-such-id', '', '', 1, 4000000000000); UPDATE auth_version SET version = version + 1;`);
  await until('the stream token is known', async () => (await api.call('/sessions/no-such-id', { token: streamToken })).status === 404);
  list.push({ name: "an admin's stream token", token: streamToken, scoped: true, may: ['read'] });
  list.push({ name: 'unknown stream token', token: `st_${'t'.repeat(43)}` });
  return list;
}

/** What must come: [status, error], or nothing where the caller is let in. */
function expected(route, credential) {
  if (!route.optional_auth) return null;
  if (credential.scoped) return route.scoped_credentials ? null : [403, 'INSUFFICIENT_PERMISSIONS'];
  if (route.permission === 'none') return credential.none || credential.may ? null : [401, 'AUTHENTICATION_FAILED'];
  if (credential.none) return [401, 'AUTHENTICATION_REQUIRED'];
  if (!credential.may) return [401, 'AUTHENTICATION_FAILED'];
  if (route.permission === 'authenticated' || credential.may.includes(route.permission)) return null;
  return [403, 'INSUFFICIENT_PERMISSIONS'];
}

const pathOf = (route) => route.path.replace('{id}', 'no-such-id').replace('{reader}', 'nobody').replace('{username}', 'matrix_person').replace('{key}', 'A'.repeat(32)).replace('{file}', 'init.js');
/** Routes that end what they are called with. */
const endsLogin = new Set(['POST /auth/logout']);

async function request(api, route, credential, inQuery) {
  const options = { method: route.method, key: null, headers: { ...credential.headers } };
  let path = pathOf(route);
  if (inQuery) path += credential.key ? `?api_key=${credential.key}` : `?token=${credential.token ?? ''}`;
  else if (credential.key) options.key = credential.key;
  else if (credential.token) options.token = credential.token;
  if (route.method === 'POST' || route.method === 'PATCH') options.body = { no_such_field: 1 };
  const reply = await fetchAny(api, path, options);
  if (route.permission !== 'none') assert.match(reply.caching ?? '', /no-store|private/, route.path);
  return [reply.status, reply.json?.error];
}
/** Answers that are no JSON (pictures) count by their status. */
async function fetchAny(api, path, options) {
  const headers = { ...options.headers };
  if (options.key) headers['X-API-Key'] = options.key;
  if (options.token) headers.Authorization = `Bearer ${options.token}`;
  if (options.body) headers['Content-Type'] = 'application/json';
  const reply = await fetch(api.origin + path, { method: options.method, headers, body: options.body && JSON.stringify(options.body) });
  const endless = reply.headers.get('content-type')?.startsWith('text/event-stream');
  const text = endless ? (await reply.body.cancel(), '') : await reply.text();
  return { status: reply.status, caching: reply.headers.get('cache-control'), json: reply.headers.get('content-type')?.includes('json') ? JSON.parse(text || 'null') : null };
}

async function checkHttp(api, route, credential, inQuery = false) {
  const used = endsLogin.has(`${route.method} ${route.path}`) && credential.again ? { ...credential, token: (await credential.again()).access_token } : credential;
  const [status, error] = await request(api, route, used, inQuery);
  const want = expected(route, credential);
  const what = `${route.method} ${route.path} with ${credential.name}${inQuery ? ' in the query' : ''}`;
  if (want) {
    assert.deepEqual([status, error], want, what);
  } else {
    // The gift list is nowhere to be had here.
    assert.ok(![401, 403].includes(status) && (status < 500 || (route.path === '/gifts' && status === 503)), `${what}: ${status} ${error}`);
    assert.notEqual(status, 405, what);
  }
}

async function checkSocket(api, route, credential) {
  const query = credential.key ? `?api_key=${credential.key}` : credential.token ? `?token=${credential.token}` : '';
  const socket = await listen(api, pathOf(route) + query, null);
  const want = expected(route, credential);
  const what = `${route.path} with ${credential.name}`;
  if (want) {
    assert.equal((await socket.closed).code, want[0] === 401 ? 4001 : 4003, what);
    assert.equal(socket.messages.length, 0, what);
  } else if (route.path.startsWith('/ws/comments')) {
    await socket.until((m) => m[0]?.type === 'connected');
    socket.close();
  } else {
    assert.equal((await socket.closed).code, 4004, what);
  }
}

test('the routes of the program are those of the table, with its permissions and rules', () => {
  const fields = Object.keys(routes[0]);
  // `scoped_credentials` stands only in rows where it is true.
  const row = (route) => ({ ...Object.fromEntries(fields.map((field) => [field, route[field]])), scoped_credentials: route.scoped_credentials ?? false });
  const byName = (list) => Object.fromEntries(list.map((route) => [nameOf(route), row(route)]));
  const program = JSON.parse(runApi(['routes']).out);
  assert.equal(program.length, routes.length);
  assert.equal(new Set(routes.map(nameOf)).size, routes.length, 'each route once');
  assert.deepEqual(byName(program), byName(routes));
});

test('every route answers every credential as its permission says, over HTTP, in the query and over WebSocket', async (t) => {
  assert.ok(routes.length > 40, 'the table is read');
  for (const permission of ['none', 'read', 'write', 'connect', 'admin', 'authenticated']) {
    assert.ok(routes.some((r) => r.permission === permission), permission);
  }
  const api = await startApi(null, { ...withAccounts, AVATAR_SCRAPER_ENABLED: 'false', API_KEY_MAX_PER_USER: '1000', TIKTOK_WEBCAST_URL: 'http://127.0.0.1:9' });
  t.after(() => api.stop());
  const credentials = await makeCredentials(api);
  let checks = 0;
  for (const route of routes) {
    for (const credential of credentials) {
      ++checks;
      if (route.websocket) {
        if (!credential.headers) await checkSocket(api, route, credential);
        continue;
      }
      await checkHttp(api, route, credential);
      if (route.query_credentials && !credential.headers && !credential.none) await checkHttp(api, route, credential, true);
    }
  }
  assert.equal(checks, routes.length * credentials.length);
});

test('credentials in the query are for sockets, streams and pictures only', async (t) => {
  const api = await startApi(null, { ...withAccounts, AVATAR_SCRAPER_ENABLED: 'false' });
  t.after(() => api.stop());
  for (const route of routes.filter((r) => !r.query_credentials && r.permission !== 'none')) {
    const reply = await fetchAny(api, `${pathOf(route)}?api_key=${KEY}`, { method: route.method });
    assert.deepEqual([reply.status, reply.json.error], [401, 'AUTHENTICATION_REQUIRED'], route.path);
  }
});

test('HEAD asks the same as GET, and OPTIONS tells nothing that is not in the table', async (t) => {
  const api = await startApi(null, withAccounts);
  t.after(() => api.stop());
  for (const route of routes.filter((r) => r.method === 'GET' && !r.websocket)) {
    const head = await fetch(api.origin + pathOf(route), { method: 'HEAD' });
    const open = route.path === '/pictures/{key}' ? 404 : 200; // nobody has that key
    assert.equal(head.status, route.permission === 'none' ? open : 401, route.path);
    const options = await fetch(api.origin + pathOf(route), { method: 'OPTIONS' });
    assert.equal(options.status, 204);
    assert.match(options.headers.get('allow'), /GET, HEAD/);
  }
});
