// What a proxy says of the address that callers use: who a page of our own is, and where links lead.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import https from 'node:https';
import http from 'node:http';
import { test } from 'node:test';
import { certificate, firstEvents, firstMessages, folderOf, get, startNginx } from './nginx.mjs';
import { KEY, exchange, startApi, startSim } from './programs.mjs';

const limit = { timeout: 60_000 };

async function withRoom(t, settings) {
  const sim = await startSim('--user', 'host', '--rate', '50', '--count', '100000');
  t.after(() => sim.stop());
  const api = await startApi(sim, { AVATAR_SCRAPER_ENABLED: 'false', AVATAR_LIVE_ENABLED: 'false', CORS_ALLOW_ORIGINS: 'https://quiz.example', ...settings });
  t.after(() => api.stop());
  assert.equal((await api.connect('quiz', 'host')).status, 200);
  return api;
}

/** Opens a WebSocket of comments: 'open', or the code and reason with which it was closed at once. */
const openSocket = (url, options) =>
  new Promise((resolve, reject) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==', ...options.headers };
    const request = (url.startsWith('https') ? https : http).request(url, { ...options, headers });
    request.on('response', (reply) => reject(new Error(`no WebSocket: ${reply.statusCode}`)));
    request.on('error', reject);
    request.on('upgrade', async (reply, socket, head) => {
      let bytes = head;
      while (bytes.length < 4) bytes = Buffer.concat([bytes, (await once(socket, 'data'))[0]]);
      socket.destroy();
      resolve(bytes[0] === 0x81 ? 'open' : `${bytes.readUInt16BE(2)} ${bytes.subarray(4)}`);
    });
    request.end();
  });

test('behind nginx on another port than 443, pages of this very origin may open WebSockets and read answers', limit, async (t) => {
  const own = certificate(folderOf(t), 'localhost');
  const api = await withRoom(t, { TRUSTED_PROXIES: '127.0.0.1' });
  const origin = await startNginx(t, api, own);
  const { port } = new URL(origin);
  const refused = '4003 Origin: not allowed; name it in CORS_ALLOW_ORIGINS, or the proxy in TRUSTED_PROXIES';
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
    // nginx says it all, so callers say nothing.
    [{ Origin: 'https://evil.example', 'X-Forwarded-Host': 'evil.example' }, refused],
    [{ Origin: 'http://localhost', Host: 'localhost', 'X-Forwarded-Proto': 'http' }, refused],
    [{ Origin: 'https://localhost:1', Host: 'localhost', 'X-Forwarded-Port': '1' }, refused],
  ];
  for (const [headers, expected] of rows) {
    const options = { ca: own.ca, servername: 'localhost', headers: { 'X-API-Key': KEY, ...headers } };
    assert.equal(await openSocket(`${origin}/ws/comments/quiz`, options), expected, JSON.stringify(headers));
    if (!headers.Origin) continue;
    const read = (await get(`${origin}/healthcheck`, options)).headers['access-control-allow-origin'];
    assert.equal(read, expected === 'open' ? headers.Origin : undefined, JSON.stringify(headers));
  }
  // The same words of a peer that is no proxy of ours are worth nothing.
  const plain = await startApi(null, { CORS_ALLOW_ORIGINS: 'https://quiz.example' });
  t.after(() => plain.stop());
  const told = { 'X-Forwarded-Host': 'localhost', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Port': '8443', 'X-API-Key': KEY };
  for (const [said, expected] of [['https://localhost:8443', refused], [plain.origin, 'open']]) {
    assert.equal(await openSocket(`${plain.origin}/ws/comments/quiz`, { headers: { ...told, Origin: said } }), expected, said);
  }
});

for (const [how, settings] of [['stripped', {}], ['passed', { BASE_PATH: '/tiktok' }]]) {
  test(`below a path of nginx that is ${how}, every link in an answer leads below it`, limit, async (t) => {
    const own = certificate(folderOf(t), 'localhost');
    const api = await withRoom(t, { TRUSTED_PROXIES: '127.0.0.1', ...settings });
    const origin = await startNginx(t, api, own, how);
    const options = { ca: own.ca, headers: { 'X-API-Key': KEY, Origin: origin } };
    const ask = async (path) => {
      const reply = await get(origin + path, options);
      return { ...reply, json: reply.body.startsWith('{') && JSON.parse(reply.body) };
    };
    assert.equal((await ask('/tiktok/healthcheck')).json.status, 'healthy');
    assert.equal((await ask('/healthcheck')).status, 404, 'nginx shows nothing else');

    const slash = await ask('/tiktok/sessions/quiz/');
    assert.deepEqual([slash.status, slash.headers.location], [308, '/tiktok/sessions/quiz']);
    assert.equal((await ask(slash.headers.location)).json.session_id, 'quiz');
    const { json: nowhere } = await ask('/tiktok/no/such');
    assert.deepEqual([nowhere.status, nowhere.path, nowhere.instance], [404, '/no/such', '/tiktok/no/such']);

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

    // Without nginx: with BASE_PATH both paths are answered, and links begin with it all the same.
    const { json: direct } = await api.call('/profile/ann');
    assert.equal(direct.avatar_url, how === 'passed' ? profile.avatar_url : profile.avatar_url.replace('/tiktok', ''));
    assert.equal((await api.call('/tiktok/healthcheck')).status, how === 'passed' ? 200 : 404);
    assert.equal((await api.call('/tiktokx/healthcheck')).status, 404);
  });
}

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
