// Behind a real nginx, haproxy and Caddy, with the blocks of docs/deployment.md: who a page of our own is, where links lead,
// whose address counts, and that streams, sockets and restarts pass through.
import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { test } from 'node:test';
import { certificate, firstEvents, firstMessages, folderOf, get, linesOf, openSocket } from './clients.mjs';
import { ADMIN_KEY, withAccounts } from './people.mjs';
import { KEY, countBy, exchange, said, startApi, startSim } from './programs.mjs';
import { proxyKinds, startProxy } from './reverse_proxies.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 60_000 };

async function withRoom(t, settings) {
  const sim = await startSim('--user', 'host', '--rate', '200', '--count', '100000');
  t.after(() => sim.stop());
  const api = await startApi(sim, { AVATAR_SCRAPER_ENABLED: 'false', AVATAR_LIVE_ENABLED: 'false', CORS_ALLOW_ORIGINS: 'https://quiz.example', ...settings });
  t.after(() => api.stop());
  assert.equal((await api.connect('quiz', 'host')).status, 200);
  return api;
}

/** Opens a WebSocket: 'open', or the code and reason with which it was closed at once. */
async function opening(url, options) {
  const socket = await openSocket(url, options);
  await socket.until(() => socket.messages.length > 0);
  socket.destroy();
  return socket.messages.length > 0 ? 'open' : socket.closed;
}

const refused = '4003 Origin: not allowed; name it in CORS_ALLOW_ORIGINS, or the proxy in TRUSTED_PROXIES';

for (const kind of proxyKinds) {
  test(`behind ${kind} on another port than 443, pages of this very origin may open WebSockets and read answers`, limit, async (t) => {
    const own = certificate(folderOf(t), 'localhost');
    const api = await withRoom(t, { TRUSTED_PROXIES: '127.0.0.1' });
    const { origin } = await startProxy(kind, t, api, own);
    const { port } = new URL(origin);
    const rows = [
      [{ Origin: origin }, 'open'],
      [{ Origin: 'https://quiz.example' }, 'open'],
      [{}, 'open'],
      [{ Origin: 'https://localhost' }, refused],
      [{ Origin: `http://localhost:${port}` }, refused],
      [{ Origin: `https://localhost:${Number(port) + 1}` }, refused],
      [{ Origin: api.origin }, refused],
      [{ Origin: 'https://evil.example' }, refused],
      [{ Origin: 'null' }, refused],
      // A port that another proxy or a router maps: the browser's Host counts.
      [{ Origin: 'https://localhost', Host: 'localhost' }, 'open'],
      [{ Origin: 'https://localhost', Host: 'localhost:443' }, 'open'],
      [{ Origin: 'https://localhost:8443', Host: 'localhost:8443' }, 'open'],
      // The proxy says it all, so callers say nothing.
      [{ Origin: 'https://evil.example', 'X-Forwarded-Host': 'evil.example' }, refused],
      [{ Origin: 'http://localhost', Host: 'localhost', 'X-Forwarded-Proto': 'http' }, refused],
      [{ Origin: 'https://localhost:1', Host: 'localhost', 'X-Forwarded-Port': '1' }, refused],
    ];
    for (const [headers, expected] of rows) {
      const options = { ca: own.ca, servername: 'localhost', headers: { 'X-API-Key': KEY, ...headers } };
      assert.equal(await opening(`${origin}/ws/comments/quiz`, options), expected, JSON.stringify(headers));
      if (!headers.Origin) continue;
      const read = (await get(`${origin}/healthcheck`, options)).headers['access-control-allow-origin'];
      assert.equal(read, expected === 'open' ? headers.Origin : undefined, JSON.stringify(headers));
    }
    const slash = await get(`${origin}/sessions/quiz/`, { ca: own.ca, headers: { 'X-API-Key': KEY, 'X-Forwarded-Prefix': '/evil' } });
    assert.deepEqual([slash.status, slash.headers.location], [308, '../quiz'], 'nor below which path it is');
  });

  for (const [how, settings] of [['stripped', {}], ['passed', { BASE_PATH: '/tiktok' }]]) {
    test(`below a path of ${kind} that is ${how}, every link in an answer leads below it`, limit, async (t) => {
      const own = certificate(folderOf(t), 'localhost');
      const api = await withRoom(t, { TRUSTED_PROXIES: '127.0.0.1', ...settings });
      const { origin } = await startProxy(kind, t, api, own, { below: how });
      const options = { ca: own.ca, headers: { 'X-API-Key': KEY, Origin: origin, 'X-Forwarded-Prefix': '/evil' } };
      const ask = async (path) => {
        const reply = await get(origin + path, options);
        return { ...reply, json: reply.body.startsWith('{') && JSON.parse(reply.body) };
      };
      assert.equal((await ask('/tiktok/healthcheck')).json.status, 'healthy');
      for (const path of ['/healthcheck', '/tiktokx/healthcheck', '/healthcheck/tiktok/', '/x/tiktok/healthcheck']) {
        assert.equal((await ask(path)).status, 404, `${kind} shows nothing else: ${path}`);
      }

      const port = { Origin: 'https://localhost:1', Host: 'localhost', 'X-Forwarded-Port': '1' };
      const claimed = await get(`${origin}/tiktok/healthcheck`, { ca: own.ca, servername: 'localhost', headers: port });
      assert.deepEqual([claimed.status, claimed.headers['access-control-allow-origin']], [200, undefined], 'nor is a port believed');

      const slash = await ask('/tiktok/sessions/quiz/');
      assert.deepEqual([slash.status, slash.headers.location], [308, '/tiktok/sessions/quiz']);
      assert.equal((await ask(slash.headers.location)).json.session_id, 'quiz');
      const { json: nowhere } = await ask('/tiktok/no/such');
      assert.deepEqual([nowhere.status, nowhere.path, nowhere.instance], [404, '/no/such', '/tiktok/no/such']);
      const again = await ask('/tiktok/no/tiktok/such');
      assert.equal(again.json.instance, '/tiktok/no/tiktok/such', 'the path is taken off at its front only');

      const { json: profile } = await ask('/tiktok/profile/ann');
      assert.match(profile.avatar_url, /^\/tiktok\/profile\/ann\/avatar\?v=[0-9a-f]{16}$/);
      for (const list of ['?usernames=ann', '']) assert.equal((await ask(`/tiktok/profiles${list}`)).json.items[0].avatar_url, profile.avatar_url);
      const picture = await ask(profile.avatar_url);
      assert.equal(picture.status, 200);
      assert.match(picture.headers['content-type'], /^image\//);

      // What is stored and sent to many readers at once has no prefix.
      const messages = await firstMessages(`${origin}/tiktok/ws/events/quiz`, options, 20);
      assert.match(messages[0], /"type":"connected"/);
      assert.match(messages.join(''), /"picture":"\/pictures\//);
      assert.match(await firstEvents(`${origin}/tiktok/sessions/quiz/stream`, options, 20), /"picture":"\/pictures\//);
      assert.match((await ask('/tiktok/sessions/quiz/events?limit=1000')).body, /"picture":"\/pictures\//);

      // Without the proxy: with BASE_PATH both paths are answered, and links begin with it all the same.
      const { json: direct } = await api.call('/profile/ann');
      assert.equal(direct.avatar_url, how === 'passed' ? profile.avatar_url : profile.avatar_url.replace('/tiktok', ''));
      assert.equal((await api.call('/tiktok/healthcheck')).status, how === 'passed' ? 200 : 404);
      assert.equal((await api.call('/tiktokx/healthcheck')).status, 404);
    });
  }

  test(`behind ${kind}, WebSocket, event stream and NDJSON are not held back, and the caller’s address and scheme count`, limit, async (t) => {
    const own = certificate(folderOf(t), 'localhost');
    const api = await withRoom(t, { ...withAccounts, TRUSTED_PROXIES: '127.0.0.1', RATE_LIMIT_ENABLED: 'true', WEBSOCKET_MAX_PER_ADDRESS: '3' });
    const { origin } = await startProxy(kind, t, api, own);
    const options = { ca: own.ca, headers: { 'X-API-Key': KEY } };
    // The room speaks on and on, so what were held back until its end would never come.
    const messages = await firstMessages(`${origin}/ws/events/quiz`, options, 20);
    assert.match(messages[0], /"type":"connected"/);
    assert.match(await firstEvents(`${origin}/sessions/quiz/stream`, options, 20), /event: connected/);
    const ndjson = { ca: own.ca, headers: { 'X-API-Key': KEY, Accept: 'application/x-ndjson' } };
    const lines = await linesOf(`${origin}/sessions/quiz/events?follow=1`, ndjson, (all) => all.length >= 20);
    assert.deepEqual(lines.map(({ text }) => JSON.parse(text).offset), lines.map((_, i) => i + 1));
    const health = await get(`${origin}/healthcheck`, options);
    assert.match(health.headers['strict-transport-security'], /max-age/, 'the caller came by TLS');

    const from = (localAddress, headers) => ({ ca: own.ca, localAddress, headers }); // not the proxy's own address
    const sockets = [];
    for (let i = 0; i < 3; i++) sockets.push(await openSocket(`${origin}/ws/events/quiz`, from('127.0.0.2', options.headers)));
    for (const socket of sockets) await socket.until(() => socket.messages.length > 0);
    assert.match(await opening(`${origin}/ws/events/quiz`, from('127.0.0.2', options.headers)), /^4029 /, 'three of one address');
    assert.equal(await opening(`${origin}/ws/events/quiz`, from('127.0.0.3', options.headers)), 'open');
    for (const socket of sockets) socket.destroy();

    // What the caller says of itself stands left of the address that the proxy saw, or is dropped.
    const guess = (address, i) => {
      const claims = { 'X-Forwarded-For': `203.0.113.${i}`, 'X-Real-IP': `203.0.113.${i}`, Forwarded: `for=203.0.113.${i}` };
      return get(`${origin}/sessions`, from(address, { 'X-API-Key': 'pk_wrong', ...claims }));
    };
    for (let i = 0; i < 12; i++) await guess('127.0.0.2', i);
    assert.equal((await guess('127.0.0.2', 99)).status, 429, 'one address made them all');
    assert.equal((await guess('127.0.0.3', 99)).status, 401, 'another one made none');
    const right = await get(`${origin}/sessions`, from('127.0.0.2', { 'X-API-Key': ADMIN_KEY }));
    assert.equal(right.status, 200, 'a right key of the same address is served');
    await api.logged(/"Authentication failed"[^\n]*"client_ip":"127\.0\.0\.2"/);
    await api.logged(/"Request completed"[^\n]*"client_ip":"127\.0\.0\.2"[^\n]*"path":"\/sessions"[^\n]*"status_code":200/);
    assert.doesNotMatch(api.output(), /"client_ip":"203\.0\.113/);
  });
}

/** Follows a room through the proxy while the service is restarted behind it. */
async function readsThroughRestart(t, kind) {
  const own = certificate(folderOf(t), 'localhost');
  const sim = await startSim('--user', 'host', '--seed', '4', '--rate', '100');
  t.after(() => sim.stop());
  const settings = { LIVE_CHECK_INTERVAL: '1', LIVE_BACKOFF_MAX: '1', TRUSTED_PROXIES: '127.0.0.1' };
  let api = await startApi(sim, settings);
  t.after(() => api.stop());
  const { origin } = await startProxy(kind, t, api, own);
  await sim.fault('host', 'offline');
  assert.equal((await api.connect('quiz', 'host', { wait_until_live: true })).json.state, 'waiting');

  const open = (query) => openSocket(`${origin}/ws/events/quiz?${query}`, { ca: own.ca, headers: { 'X-API-Key': KEY, Origin: origin } });
  const first = await open('after=0');
  await sim.fault('host', 'clear');
  await first.until(() => first.messages.length > 20);
  assert.equal(await api.stop({ keep: true }), 0);
  assert.match(await first.closed, /^1001 /);
  const [connected, ...events] = first.messages.map((text) => JSON.parse(text));

  // While nothing listens the proxy answers 502 or 503, and its caller tries again.
  const again = () => until('the proxy reaches the restarted service', () =>
    open(`after=${events.at(-1).offset}&epoch=${connected.epoch}`).catch((error) => assert.match(error.message, /: 50[23]$/)));
  const restart = async () => (api = await startApi(sim, { ...settings, PORT: String(api.port) }, api.folder));
  const [second] = await Promise.all([again(), restart()]);
  // The last of these were said after the restart, so all that was said meanwhile stands before them.
  await second.until(() => second.messages.length > 150);
  second.destroy();
  assert.equal(JSON.parse(second.messages[0]).recovered, true);
  const all = [...events, ...second.messages.slice(1).map((text) => JSON.parse(text))];
  assert.deepEqual(all.map((e) => e.offset), all.map((_, i) => i + 1));
  assert.deepEqual(Object.values(countBy(all, (e) => e.id)).filter((times) => times > 1), []);
  const ids = said(all).filter((e) => !e.inferred).map((e) => e.id);
  assert.deepEqual(ids, (await sim.said('host')).slice(0, ids.length));
}

test('when the service restarts, a WebSocket through the proxy is closed with 1001, and its reader goes on with each event once', { ...limit, concurrency: true }, async (t) => {
  await Promise.all(proxyKinds.map((kind) => t.test(`behind ${kind}`, limit, (t) => readsThroughRestart(t, kind))));
});

test('what a peer says that is no proxy of ours is worth nothing', limit, async (t) => {
  const plain = await startApi(null, { CORS_ALLOW_ORIGINS: 'https://quiz.example' });
  t.after(() => plain.stop());
  const told = { 'X-Forwarded-Host': 'localhost', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Port': '8443', 'X-API-Key': KEY };
  for (const [origin, expected] of [['https://localhost:8443', refused], [plain.origin, 'open']]) {
    assert.equal(await opening(`${plain.origin}/ws/comments/quiz`, { headers: { ...told, Origin: origin } }), expected, origin);
  }
});

test('over HTTP/2, which browsers speak with Caddy, pages of the same origin read answers and event streams', limit, async (t) => {
  const own = certificate(folderOf(t), 'localhost');
  const api = await withRoom(t, { TRUSTED_PROXIES: '127.0.0.1' });
  const { origin } = await startProxy('caddy', t, api, own);
  const session = http2.connect(origin, { ca: own.ca });
  t.after(() => session.destroy());
  const ask = (path, headers, enough) =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':path': path, 'x-api-key': KEY, ...headers });
      let [body, answer] = ['', null];
      stream.on('error', reject).on('response', (headers) => (answer = headers));
      stream.setEncoding('utf8').on('end', () => resolve({ answer, body }));
      stream.on('data', (chunk) => {
        body += chunk;
        if (enough?.(body)) stream.close();
      });
    });
  for (const [page, allowed] of [[origin, origin], ['https://localhost', undefined], [api.origin, undefined]]) {
    const { answer } = await ask('/healthcheck', { origin: page });
    assert.deepEqual([answer[':status'], answer['access-control-allow-origin']], [200, allowed], page);
  }
  const { answer, body } = await ask('/sessions/quiz/stream', { origin }, (text) => text.split('\nid: ').length > 20);
  assert.deepEqual([answer[':status'], answer['access-control-allow-origin']], [200, origin]);
  assert.match(body, /event: connected/);
});

test('a proxy that cannot reach the service says so to the caller, and writes no key of a header into its log', limit, async (t) => {
  const own = certificate(folderOf(t), 'localhost');
  const api = await startApi(null);
  t.after(() => api.stop());
  const proxies = await Promise.all(proxyKinds.map((kind) => startProxy(kind, t, api, own)));
  await api.stop();
  const secrets = { header: 'pk_of_a_header', api_key: 'pk_of_a_query', token: 'token_of_a_query', ticket: 'ticket_of_a_query' };
  const query = ['api_key', 'token', 'ticket'].map((name) => `${name}=${secrets[name]}`).join('&');
  const headers = { 'X-API-Key': secrets.header, Authorization: `Bearer ${secrets.header}` };
  // nginx's error log has the request line; docs/deployment.md says so.
  const expected = { nginx: [502, ['api_key', 'token', 'ticket']], haproxy: [503, []], caddy: [502, []] };
  const asks = async ({ origin, output, stop }, kind) => {
    const { status } = await get(`${origin}/sessions?${query}`, { ca: own.ca, headers });
    await stop();
    assert.deepEqual([status, Object.keys(secrets).filter((name) => output().includes(secrets[name]))], expected[kind], kind);
  };
  await Promise.all(proxies.map((proxy, i) => asks(proxy, proxyKinds[i])));
});

test('a prefix counts for the request that it came with, from a trusted proxy, as a path of this host', limit, async (t) => {
  const links = async (api, prefixes) => {
    const request = (prefix) => ['GET /sessions/x/ HTTP/1.1', 'Host: a', `X-API-Key: ${KEY}`, ...(prefix === undefined ? [] : [`X-Forwarded-Prefix: ${prefix}`]), '', ''].join('\r\n');
    const text = await exchange(api, prefixes.map(request).join(''), (t) => t.split('HTTP/1.1 308').length > prefixes.length && t.endsWith('\r\n\r\n'));
    return [...text.matchAll(/^Location: (.*)\r$/gm)].map((match) => match[1]);
  };
  const prefixes = ['/a', undefined, '/b/c/', '//evil.example', '/x/../y', '/q"', '/a, /b', '/'];
  const behind = await startApi(null, { TRUSTED_PROXIES: '127.0.0.1' });
  t.after(() => behind.stop());
  assert.deepEqual(await links(behind, prefixes), ['/a/sessions/x', '../x', '/b/c/sessions/x', '../x', '../x', '../x', '/b/sessions/x', '../x']);
  const based = await startApi(null, { TRUSTED_PROXIES: '127.0.0.1', BASE_PATH: '/base/' });
  t.after(() => based.stop());
  assert.deepEqual(await links(based, ['/a', undefined, '//evil.example']), ['/a/sessions/x', '/base/sessions/x', '/base/sessions/x']);
  const open = await startApi(null);
  t.after(() => open.stop());
  assert.deepEqual(await links(open, ['/a']), ['../x'], 'nobody is trusted');
});

test('what a proxy said of one request is not believed of the next one on its connection', limit, async (t) => {
  const api = await startApi(null, { API_KEY: 'dev-api-key-12345', TRUSTED_PROXIES: '127.0.0.1' });
  t.after(() => api.stop());
  const request = (forwarded) => `GET /sessions HTTP/1.1\r\nHost: a\r\nX-API-Key: dev-api-key-12345\r\nX-Forwarded-For: ${forwarded}\r\n\r\n`;
  const text = await exchange(api, request('192.168.1.7') + request('unknown'), (t) => t.split('HTTP/1.1 ').length > 2 && /\}$/.test(t));
  assert.deepEqual([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]), ['200', '401'], 'the second one came from nobody knows where');
});

test('a BASE_PATH that cannot be one is refused at the start, with the remedy', async () => {
  for (const [value, fault] of [
    ['tiktok', /BASE_PATH: must be a path such as \/tiktok: segments of letters/],
    ['//evil.example', /BASE_PATH: must be a path such as \/tiktok/],
    ['/sessions', /BASE_PATH: '\/sessions' is a path of the service itself: choose another, such as \/tiktok/],
  ]) {
    await assert.rejects(startApi(null, { BASE_PATH: value }), (error) => error.message.includes('ended with 3') && fault.test(error.message), value);
  }
});
