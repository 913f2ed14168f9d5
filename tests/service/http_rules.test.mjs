// What a request must look like: host, target, query, lists over several lines, what the answer is chosen by.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { KEY, exchange, listen, runApi, startApi } from './programs.mjs';
import { ADMIN_KEY, withAccounts } from './people.mjs';

const limit = { timeout: 60_000 };
let api;
before(async () => (api = await startApi(null, { ...withAccounts, AVATAR_SCRAPER_ENABLED: 'false' })));
after(() => api.stop());

const statuses = (text) => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((m) => Number(m[1]));
const raw = (line, ...headers) => exchange(api, Buffer.from([line, ...headers, 'Connection: close', '', ''].join('\r\n'), 'latin1'));
const bodyOf = (text) => JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4));
const key = `X-API-Key: ${KEY}`;

test('a request says for which host it is: once, as host[:port]', limit, async () => {
  const rows = [
    [['Host: example.org:8002'], 200],
    [['Host: [::1]:8002'], 200],
    [['Host: a:'], 200],
    [[], 400],
    [['Host:'], 400],
    [['Host: a', 'Host: a'], 400],
    [['Host: a', 'host: b'], 400],
    [['Host: user@a'], 400],
    [['Host: a b'], 400],
    [['Host: a%4'], 400],
    [['Host: a:70000'], 400],
    [['Host: a:x'], 400],
    [['Host: [::1'], 400],
    [['Host: a/b'], 400],
    [['Host: caf\xe9'], 400],
  ];
  for (const [hosts, status] of rows) {
    const text = await raw('GET /livez HTTP/1.1', ...hosts);
    assert.deepEqual(statuses(text), [status], hosts.join());
    if (status === 400) {
      assert.equal(bodyOf(text).details.field, 'Host');
      assert.match(bodyOf(text).message, /^Host: /);
      assert.deepEqual(bodyOf(text).details.errors.map((e) => e.field), ['Host']);
    }
  }
  assert.deepEqual(statuses(await raw('GET /livez HTTP/1.0')), [200]);
  assert.deepEqual(statuses(await raw('GET /livez HTTP/1.0', 'Host: a', 'Host: a')), [400]);
});

test('an absolute target is taken apart, and other forms are refused', limit, async () => {
  const rows = [
    ['GET http://other.example/monitoring/ping HTTP/1.1', 200, /"pong"/],
    ['GET HTTPS://other.example:1/livez HTTP/1.1', 200],
    ['GET http://other.example/livez?x=1 HTTP/1.1', 400, /x: unknown query parameter/],
    ['GET http://other.example HTTP/1.1', 200, /"name":"Profile & Engagement API"/],
    ['GET http://me:pw@other.example/livez HTTP/1.1', 400, /target: its host must not hold user information/],
    ['GET http:///livez HTTP/1.1', 400, /target: its host is empty/],
    ['GET livez HTTP/1.1', 400, /target: must be a path/],
    ['GET * HTTP/1.1', 400, /target: '\*' is for OPTIONS only/],
    ['CONNECT a:443 HTTP/1.1', 400, /target: must be a path/],
    ['OPTIONS * HTTP/1.1', 204, /Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n/],
    ['GET /livez%2 HTTP/1.1', 400, /path: malformed percent-encoding '%2' at byte 6/],
    ['GET /profile/a%zzb HTTP/1.1', 400, /path: malformed percent-encoding '%zz' at byte 10/],
  ];
  for (const [line, status, pattern] of rows) {
    const text = await raw(line, 'Host: a');
    assert.deepEqual(statuses(text), [status], line);
    if (pattern) assert.match(text, pattern);
  }
  // RFC 9112 §3.2.2: what Host says beside an absolute target does not count, here for the origin of a page.
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', key];
  const strict = await startApi(null, { CORS_ALLOW_ORIGINS: 'https://quiz.example' });
  const open = (target, host, origin) => exchange(strict, [`GET ${target} HTTP/1.1`, `Host: ${host}`, `Origin: ${origin}`, ...upgrade, '', ''].join('\r\n'), (text) => /"connected"|\x0f\xa3/.test(text));
  assert.match(await open('http://mine.example/ws/comments/x', 'other.example', 'http://mine.example'), /"connected"/);
  assert.match(await open('http://mine.example/ws/comments/x', 'other.example', 'http://other.example'), /\x0f\xa3Origin: not allowed/);
  await strict.stop();
});

test('every route refuses the query parameters that it does not take', limit, async () => {
  const routes = JSON.parse(runApi(['routes']).out);
  assert.ok(routes.length > 30);
  for (const route of routes) {
    const path = route.path.replaceAll(/\{\w+\}/g, 'x');
    if (route.websocket) {
      const { code, reason } = await (await listen(api, `${path}?nonsense=1`)).closed;
      assert.deepEqual([code, reason], [1008, 'nonsense: unknown query parameter'], path);
      continue;
    }
    const reply = await api.call(`${path}?nonsense=1&%41%2=`, { method: route.method, key: ADMIN_KEY });
    assert.equal(reply.status, 400, `${route.method} ${path}`);
    assert.equal(reply.json.error, 'VALIDATION_ERROR');
    assert.deepEqual(reply.json.details.errors.map((e) => e.field), ['nonsense', 'query'], path);
    assert.ok(route.query.every((name) => !reply.json.message.includes(`${name}: unknown`)));
  }
});

test('a misspelt parameter is named with the right one, all faults at once, and only after authentication', limit, async () => {
  const reply = await api.call('/profiles?limt=5&sourc=live&cursor=a');
  assert.equal(reply.status, 400);
  assert.deepEqual(reply.json.details.errors, [
    { field: 'limt', message: "unknown query parameter; did you mean 'limit'?" },
    { field: 'sourc', message: "unknown query parameter; did you mean 'source'?" },
  ]);
  assert.equal(reply.json.details.field, 'limt');
  assert.equal((await api.call('/profiles?limt=5', { key: null })).status, 401);
  assert.equal((await api.call('/profiles?limit=5')).status, 200);
  const value = await api.call('/profiles?limit=0');
  assert.deepEqual(value.json.details.errors, [{ field: 'limit', message: 'must be a whole number from 1 to 500' }]);
  const several = await api.call('/sessions/x/events?types=gift,nope&limit=0&since=soon&user=%40');
  assert.deepEqual(several.json.details.errors.map((e) => e.field), ['types', 'user', 'limit', 'since']);
  const credential = await api.call('/profiles?api_key=not-written-here');
  assert.equal(credential.json.message, 'api_key: no query parameter of this route; send X-API-Key or Authorization');
  const broken = await api.call('/profiles?cursor=%zz');
  assert.match(broken.json.message, /^cursor: malformed percent-encoding '%zz' at byte 7 of this parameter/);
  assert.equal((await fetch(`${api.origin}/profiles?limit=5`, { method: 'OPTIONS' })).status, 204, 'a preflight is asked for the whole URL');
});

test('a trailing slash is redirected with the query, below any prefix', limit, async () => {
  const reply = await fetch(`${api.origin}/profiles/?limit=5`, { redirect: 'manual', headers: { 'X-API-Key': KEY } });
  assert.equal(reply.status, 308);
  assert.equal(reply.headers.get('location'), '../profiles?limit=5');
  assert.equal(new URL(reply.headers.get('location'), 'https://example.org/api/profiles/?limit=5').href, 'https://example.org/api/profiles?limit=5');
  const followed = await fetch(`${api.origin}/profiles/?limit=5`, { headers: { 'X-API-Key': KEY } });
  assert.deepEqual([followed.status, new URL(followed.url).pathname], [200, '/profiles']);
  const post = await fetch(`${api.origin}/disconnect/`, { method: 'POST', headers: { 'X-API-Key': KEY, 'Content-Type': 'application/json' }, body: '{"session_id":"x"}' });
  assert.deepEqual([post.status, (await post.json()).status], [200, 'warning'], 'method and body are kept');
  assert.equal((await fetch(`${api.origin}/nothing/`, { redirect: 'manual' })).status, 404);
});

test('lists over several lines are one list, and Accept has weights', limit, async () => {
  const problem = async (...accept) => /Content-Type: application\/problem\+json/.test(await raw('GET /nothing HTTP/1.1', 'Host: a', ...accept.map((a) => `Accept: ${a}`)));
  assert.equal(await problem('Application/Problem+JSON;q=0.4, text/html'), true);
  assert.equal(await problem('text/html', 'application/problem+json'), true);
  assert.equal(await problem('application/problem+json;q=0.4, application/json'), false);
  assert.equal(await problem('application/problem+json;q=0'), false);
  assert.equal(await problem('*/*'), false);
  const avatar = await fetch(`${api.origin}/profile/somebody/avatar`, { headers: { 'X-API-Key': KEY } });
  const tag = avatar.headers.get('etag');
  assert.match(await raw('GET /profile/somebody/avatar HTTP/1.1', 'Host: a', key, 'If-None-Match: "x"', `If-None-Match: ${tag}`), /^HTTP\/1\.1 304 /);
  const upgrade = await raw('GET /ws/comments/x HTTP/1.1', 'Host: a', key, 'Connection: keep-alive', 'Connection: Upgrade', 'Upgrade: h2c', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: x');
  assert.match(upgrade, /^HTTP\/1\.1 400 [\s\S]*Sec-WebSocket-Key/, 'known as a handshake');
  const plain = await raw('GET /ws/comments/x HTTP/1.1', 'Host: a', key);
  assert.match(plain, /^HTTP\/1\.1 426 [\s\S]*\r\nConnection: Upgrade\r\n/);
  assert.match(plain, /\r\nUpgrade: websocket\r\n/);
});

test('there is one Content-Length, and empty lines before a request are passed over', limit, async () => {
  const post = (length) => ['POST /disconnect HTTP/1.1', 'Host: a', key, 'Content-Type: application/json', ...length, 'Connection: close', '', '{"session_id":"x"}'].join('\r\n');
  assert.deepEqual(statuses(await exchange(api, post(['Content-Length: 18']))), [200]);
  for (const twice of [['Content-Length: 18', 'Content-Length: 18'], ['Content-Length: 18, 18'], ['Content-Length: +18']]) {
    const text = await exchange(api, post(twice));
    assert.deepEqual(statuses(text), [400], twice.join());
    assert.match(text, /Content-Length/);
  }
  assert.deepEqual(statuses(await exchange(api, `\r\n\r\n${post(['Content-Length: 18'])}`)), [200]);
  assert.deepEqual(statuses(await exchange(api, `${'\r\n'.repeat(100)}${post(['Content-Length: 18'])}`)), [400]);
  // Some clients send an empty line behind a body.
  const socket = connect(api.port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk));
  socket.write(`${post(['Content-Length: 18']).replace('Connection: close\r\n', '')}\r\n`);
  while (statuses(text).length < 1) await once(socket, 'data');
  socket.write('GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await once(socket, 'close');
  assert.deepEqual(statuses(text), [200, 200]);
});
