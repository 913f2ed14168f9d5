// Pages and apps of other origins: who may call, what they may send, and what they may read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEY, exchange, startApi, startSim } from './programs.mjs';

const page = 'https://quiz.example';

test('apps, files and sub-domains may call where they are listed, and their neighbours may not', async (t) => {
  const api = await startApi(null, { CORS_ALLOW_ORIGINS: 'null, file://, capacitor://localhost, tauri://localhost, app://., chrome-extension://abcdefghijklmnopabcdefghijklmnop, https://*.example.org, https://*.example.net:8443' });
  t.after(() => api.stop());
  const allowed = ['null', 'file://', 'capacitor://localhost', 'tauri://localhost', 'app://.', 'chrome-extension://abcdefghijklmnopabcdefghijklmnop', 'https://a.example.org', 'https://a.b.example.org', 'https://a.example.net:8443'];
  const others = ['file:///', 'capacitor://evil', 'tauri://localhost:1', 'app://evil', 'chrome-extension://ponmlkjihgfedcbaponmlkjihgfedcba', 'https://example.org', 'https://evil-example.org', 'http://a.example.org', 'https://a.example.org:8443', 'https://a.example.net', 'https://a.example.org.evil.example'];
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==';
  for (const origin of [...allowed, ...others]) {
    const good = allowed.includes(origin);
    const answer = await exchange(api, `GET /healthcheck HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\nConnection: close\r\n\r\n`);
    assert.equal(/^Access-Control-Allow-Origin: (.*)\r$/m.exec(answer)?.[1], good ? origin : undefined, origin);
    assert.match(answer, /^Vary: Origin\r$/m);
    const socket = await exchange(api, `GET /ws/comments/x?api_key=${KEY} HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\n${upgrade}\r\n\r\n`, (text) => /"connected"|\x0f\xa3/.test(text));
    assert.match(socket, good ? /"connected"/ : /\x0f\xa3Origin: not allowed; name it in CORS_ALLOW_ORIGINS/, origin);
  }
});

test('entries that are no origins are refused at the start, each with its remedy', async () => {
  await assert.rejects(startApi(null, { CORS_ALLOW_ORIGINS: 'https://good.example, quiz.example, https://quiz.example/, https://*, null' }), (error) => {
    assert.match(error.message, /ended with 3/);
    assert.match(error.message, /CORS_ALLOW_ORIGINS: 'quiz\.example' has no scheme: write https:\/\/quiz\.example; 'https:\/\/quiz\.example\/' has a path, which no origin has: write https:\/\/quiz\.example; 'https:\/\/\*' is every page of that scheme/);
    return true;
  });
});

test('a preflight allows each header that the API reads', async (t) => {
  const api = await startApi(null, { CORS_ALLOW_ORIGINS: page });
  t.after(() => api.stop());
  const headers = ['authorization', 'cache-control', 'content-type', 'if-none-match', 'last-event-id', 'x-api-key', 'x-correlation-id'];
  for (const [path, method] of [['/sessions/x/stream', 'GET'], ['/profile/ann/avatar', 'GET'], ['/connect', 'POST']]) {
    const reply = await fetch(api.origin + path, { method: 'OPTIONS', headers: { Origin: page, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': headers.join(',') } });
    assert.equal(reply.status, 204);
    assert.equal(reply.headers.get('access-control-allow-origin'), page);
    assert.ok(reply.headers.get('access-control-allow-methods').split(', ').includes(method), path);
    assert.deepEqual(reply.headers.get('access-control-allow-headers').toLowerCase().split(', '), headers);
  }
});

test('a page can read every header that says something to it', async (t) => {
  const sim = await startSim('--user', 'host', '--rate', '50', '--count', '100000');
  t.after(() => sim.stop());
  const api = await startApi(sim, { CORS_ALLOW_ORIGINS: page, RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_CONNECT_REQUESTS: '1', AVATAR_SCRAPER_ENABLED: 'false' });
  t.after(() => api.stop());
  assert.equal((await api.connect('quiz', 'host')).status, 200);
  // CORS-safelisted response headers (Fetch standard §2.2.2), and what is for browsers, proxies and connections only.
  const readable = ['cache-control', 'content-language', 'content-length', 'content-type', 'expires', 'last-modified', 'pragma'];
  const unread = ['connection', 'date', 'keep-alive', 'transfer-encoding', 'vary', 'x-accel-buffering', 'content-security-policy', 'permissions-policy', 'referrer-policy', 'x-content-type-options', 'x-frame-options', 'upgrade', 'sec-websocket-version'];
  const rows = [
    ['/sessions', {}, 200, 'x-ratelimit-remaining'],
    ['/sessions/', { redirect: 'manual' }, 308, 'location'],
    ['/sessions', { key: null }, 401, 'www-authenticate'],
    ['/connect', {}, 405, 'allow'],
    ['/connect', { method: 'POST', body: '{"session_id":"other","username":"other"}' }, 429, 'retry-after'],
    ['/profile/ann/avatar', {}, 200, 'etag'],
    ['/sessions/quiz/export', {}, 200, 'content-disposition'],
    ['/sessions/quiz/events', { accept: 'application/x-ndjson' }, 200, 'x-stream-offset'],
    ['/sessions/quiz/events?follow=1', { accept: 'application/x-ndjson' }, 200, 'x-stream-recovered'],
    ['/sessions/quiz/stream', {}, 200, 'x-session-epoch'],
    ['/ws/events/quiz', {}, 426, 'x-correlation-id'],
  ];
  for (const [path, { key = KEY, accept, ...options }, expected, name] of rows) {
    const headers = { Origin: page, ...(key && { 'X-API-Key': key }), ...(accept && { Accept: accept }), ...(options.body && { 'Content-Type': 'application/json' }) };
    const reply = await fetch(api.origin + path, { ...options, headers });
    await reply.body?.cancel();
    assert.equal(reply.status, expected, path);
    assert.ok(reply.headers.has(name), `${path}: ${name}`);
    const exposed = reply.headers.get('access-control-expose-headers').toLowerCase().split(', ');
    const hidden = [...reply.headers.keys()].filter((header) => ![...readable, ...unread, ...exposed].includes(header) && !header.startsWith('access-control-'));
    assert.deepEqual(hidden, [], path);
  }
});
