// An Authorization of another scheme than Bearer is for somebody else, such as a proxy in front of the service: it is ignored.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exchange, startApi, startSim } from './programs.mjs';
import { ADMIN_KEY, login, makeKey, makeUser, withAccounts } from './people.mjs';

const basic = `Basic ${Buffer.from('proxy:secret').toString('base64')}`;
const foreign = [basic, 'basic cHJveHk6c2VjcmV0', 'Digest username="a", realm="b", nonce="c", uri="/", response="d"', 'Negotiate YIIJ', 'Token abc', 'Bearerish abc', 'abc'];

const required = [401, 'AUTHENTICATION_REQUIRED', 'Authorization takes the scheme Bearer only: send X-API-Key, or Authorization: Bearer with a token of POST /auth/login'];
const missing = [401, 'AUTHENTICATION_REQUIRED', 'Valid authentication credentials required: send X-API-Key, or Authorization: Bearer with an access token of POST /auth/login'];
const wrongKey = [401, 'AUTHENTICATION_FAILED', 'Invalid API key'];
const wrongToken = [401, 'AUTHENTICATION_FAILED', 'Invalid or expired token'];

/** Sends a request as it stands here; of a WebSocket, the code and reason of its close, or 101 and what it sends first. */
async function send(api, path, headers, socket) {
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='];
  const lines = [`GET ${path} HTTP/1.1`, 'Host: a', ...headers, ...(socket ? upgrade : [])];
  const bodyOf = (text) => text.split('\r\n\r\n').slice(1).join('\r\n\r\n');
  const whole = (text) => {
    const body = bodyOf(text);
    if (socket) return body.length >= 2 && body.length >= 2 + (body.charCodeAt(1) & 127); // the first frame
    const length = /^Content-Length: (\d+)/im.exec(text);
    return length ? body.length >= Number(length[1]) : body.length > 0;
  };
  const text = await exchange(api, lines.join('\r\n') + '\r\n\r\n', whole);
  const status = Number(text.split(' ')[1]);
  const body = bodyOf(text);
  if (socket) {
    const frame = Buffer.from(body, 'latin1');
    if ((frame[0] & 15) !== 8) return [status];
    return [frame.readUInt16BE(2), frame.subarray(4, 2 + frame[1]).toString()];
  }
  if (status < 400) return [status];
  assert.match(text, /^WWW-Authenticate: Bearer\r$/m);
  const { error, message } = JSON.parse(body);
  return [status, error, message];
}

test('a foreign scheme neither lets in nor locks out, over HTTP, on a stream and on a WebSocket', async (t) => {
  const sim = await startSim('--user', 'host', '--rate', '20', '--count', '100000');
  t.after(() => sim.stop());
  const api = await startApi(sim, withAccounts);
  t.after(() => api.stop());
  await makeUser(api, 'ann');
  const { access_token: token } = await login(api, 'ann');
  const { key } = await makeKey(api, { user: 'ann', name: 'k' });
  const connected = await api.call('/connect', { method: 'POST', key, body: { session_id: 'quiz', username: 'host' } });
  assert.equal(connected.status, 200);

  const keyHeader = `X-API-Key: ${key}`;
  const bearer = `Authorization: Bearer ${token}`;
  // Headers, query, and what comes of them. `inQuery`: for the routes that take a credential in their query.
  const rows = [
    { headers: [], want: missing },
    { headers: [keyHeader], want: 'in' },
    { headers: [bearer], want: 'in' },
    { headers: ['Authorization: Bearer x.y.z'], want: wrongToken },
    { headers: ['Authorization: Bearer'], want: wrongToken },
    { headers: ['Authorization: Bearer x.y.z', keyHeader], want: 'in' }, // a key wins over a token
    { headers: [`Authorization: bEARER   ${token}`], want: 'in' },
    { headers: [`Authorization: ${token}`], want: required }, // no scheme at all
    { headers: [`Authorization: ${basic}`, bearer], want: 'in' }, // the proxy's line, and the caller's
    { headers: [bearer, `Authorization: ${basic}`], want: 'in' },
    { headers: [], query: `api_key=${key}`, want: 'in', inQuery: true },
    { headers: [], query: `token=${token}`, want: 'in', inQuery: true },
  ];
  for (const scheme of foreign) {
    const header = `Authorization: ${scheme}`;
    rows.push(
      { headers: [header], want: required },
      { headers: [header, keyHeader], want: 'in' },
      { headers: [keyHeader, header], want: 'in' },
      { headers: [header, 'X-API-Key: pk_wrong'], want: wrongKey },
      { headers: [header], query: `api_key=${key}`, want: 'in', inQuery: true },
      { headers: [header], query: `token=${token}`, want: 'in', inQuery: true },
      { headers: [header], query: 'api_key=pk_wrong', want: wrongKey, inQuery: true },
      { headers: [header], query: 'token=x.y.z', want: wrongToken, inQuery: true },
    );
  }
  const routes = [
    { path: '/sessions/quiz' },
    { path: '/auth/me' },
    { path: '/sessions/quiz/stream', query: true },
    { path: '/ws/events/quiz', query: true, socket: true },
    { path: '/ws/comments/quiz', query: true, socket: true },
  ];
  for (const route of routes) {
    for (const { headers, query, want, inQuery } of rows) {
      if (inQuery && !route.query) continue;
      const got = await send(api, route.path + (query ? `?${query}` : ''), headers, route.socket);
      const refused = route.socket ? [4001, want[2]?.slice(0, 123)] : want;
      assert.deepEqual(got, want === 'in' ? [route.socket ? 101 : 200] : refused, `${route.path} ${headers} ${query ?? ''}`);
    }
  }
});

test('a public route serves who brings a foreign scheme as it serves everybody', async (t) => {
  const api = await startApi(null, withAccounts);
  t.after(() => api.stop());
  const headers = { Authorization: basic };
  for (const path of ['/healthcheck', '/livez', '/readyz', '/monitoring/ping']) {
    assert.equal((await api.call(path, { key: null, headers })).status, 200, path);
  }
  const body = { username: 'carl', email: 'carl@example.org', password: 'violet tram 7 in the rain' };
  assert.equal((await api.call('/auth/register', { method: 'POST', key: null, headers, body })).status, 201);
  const pair = await api.call('/auth/login', { method: 'POST', key: null, headers, body: { username: 'carl', password: body.password } });
  assert.equal(pair.status, 200);
  assert.equal((await api.call('/auth/refresh', { method: 'POST', key: null, headers, body: { refresh_token: pair.json.refresh_token } })).status, 200);
});

test('a foreign scheme is no failed guess: it uses up nothing of its address, and its content reaches no log', async (t) => {
  const api = await startApi(null, { ...withAccounts, RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_API_REQUESTS: '0', RATE_LIMIT_AUTH_REQUESTS: '2' });
  t.after(() => api.stop());
  for (let i = 0; i < 5; i++) {
    const reply = await api.call('/sessions', { key: null, headers: { Authorization: basic } });
    assert.deepEqual([reply.status, reply.json.error, reply.json.message], required);
  }
  const failures = (await api.call('/monitoring/auth/failures', { key: ADMIN_KEY })).json;
  assert.deepEqual([failures.failures, failures.total], [[], 0]);
  assert.equal(api.output().includes(basic.slice(6)), false);
});
