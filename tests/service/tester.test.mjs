// The page's server: its files with their headers, and /api passed on to the service.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { certificate, folderOf, get, openSocket } from './clients.mjs';
import { KEY, exchange, followFromTheStart, listen, program, runApi, startApi, startSim, startTester } from './programs.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 60_000 };
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; frame-src 'self'; worker-src 'self'; manifest-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const overlayPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; frame-src 'none'; worker-src 'self'; manifest-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types sw";

/** A service that a test plays itself: `answer` gets each request and its body. */
let answer;
let answerSocket;
const upstream = http.createServer((request, response) => {
  const pieces = [];
  request.on('error', () => {});
  request.on('data', (piece) => pieces.push(piece)).on('end', () => answer(request, response, Buffer.concat(pieces)));
});
upstream.on('upgrade', (request, socket, head) => answerSocket(request, socket, head));
let tester;
before(async () => {
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  tester = await startTester(`http://127.0.0.1:${upstream.address().port}`);
});
after(async () => {
  upstream.closeAllConnections();
  upstream.close();
  assert.equal(await tester.stop(), 0);
});

/** One request; gives status, headers and the bytes of the body. */
const ask = (path, { method = 'GET', headers = {}, body, port = tester.port } = {}) =>
  new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (reply) => {
      const pieces = [];
      reply.on('error', reject);
      reply.on('data', (piece) => pieces.push(piece)).on('end', () => resolve({ status: reply.statusCode, reason: reply.statusMessage, headers: reply.headers, raw: reply.rawHeaders, body: Buffer.concat(pieces) }));
    });
    request.on('error', reject);
    if (Array.isArray(body)) for (const piece of body) request.write(piece);
    request.end(Array.isArray(body) ? undefined : body);
  });
const raw = (bytes) => exchange(tester, bytes);
const statuses = (text) => [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((m) => Number(m[1]));
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

test('the page has its headers, and its views are the same page', limit, async () => {
  const page = await ask('/');
  assert.equal(page.status, 200);
  assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(page.headers['content-security-policy'], pagePolicy);
  assert.equal(page.headers['x-content-type-options'], 'nosniff');
  assert.equal(page.headers['referrer-policy'], 'no-referrer');
  assert.equal(page.headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(page.headers['cross-origin-resource-policy'], 'same-origin');
  assert.equal(page.headers['x-frame-options'], 'DENY');
  assert.equal(page.headers['cache-control'], 'no-cache');
  assert.equal(page.headers['set-cookie'], undefined);
  assert.match(page.headers['permissions-policy'], /^clipboard-write=\(self\), .*\bcamera=\(\), .*\bgeolocation=\(\), .*\bmicrophone=\(\)/);
  assert.match(page.body.toString(), /^<!doctype html>/i);
  for (const path of ['/live/show?types=gift', '/people/a.b', '/console/list_sessions', '/access']) {
    const view = await ask(path);
    assert.deepEqual([view.status, digest(view.body), view.headers['content-security-policy']], [200, digest(page.body), pagePolicy], path);
  }
  const overlay = await ask('/overlay/show/chat?size=24');
  assert.equal(overlay.status, 200);
  assert.equal(overlay.headers['content-security-policy'], overlayPolicy);
  assert.equal(overlay.headers['x-frame-options'], 'SAMEORIGIN');
});

test('files are sent once, in the form that the client takes, and whole', limit, async () => {
  const page = await ask('/');
  const [, script] = /src="(\/assets\/[^"]+\.js)"/.exec(page.body.toString());
  assert.equal((await ask(script)).headers['content-type'], 'text/javascript; charset=utf-8');
  const [, style] = /href="(\/assets\/[^"]+\.css)"/.exec(page.body.toString());
  const plain = await ask(style);
  assert.equal(plain.status, 200);
  assert.equal(plain.headers['content-type'], 'text/css; charset=utf-8');
  assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.equal(plain.headers['content-encoding'], undefined);
  assert.equal(plain.headers.vary, 'Accept-Encoding');
  const tags = new Set([plain.headers.etag]);
  for (const [coding, accept, unpack] of [['gzip', 'gzip', gunzipSync], ['br', 'gzip, deflate, br', brotliDecompressSync]]) {
    const packed = await ask(style, { headers: { 'Accept-Encoding': accept } });
    assert.equal(packed.headers['content-encoding'], coding);
    assert.equal(Number(packed.headers['content-length']), packed.body.length);
    assert.equal(digest(unpack(packed.body)), digest(plain.body));
    tags.add(packed.headers.etag);
    const again = await ask(style, { headers: { 'Accept-Encoding': accept, 'If-None-Match': packed.headers.etag } });
    assert.deepEqual([again.status, again.body.length, again.headers.etag], [304, 0, packed.headers.etag]);
  }
  assert.equal(tags.size, 3, 'each form has a tag of its own');
  const head = await ask(style, { method: 'HEAD' });
  assert.deepEqual([head.status, head.body.length, Number(head.headers['content-length'])], [200, 0, plain.body.length]);
  const range = await ask(style, { headers: { Range: 'bytes=0-9' } });
  assert.deepEqual([range.status, digest(range.body)], [200, digest(plain.body)]);
  const missing = await ask('/assets/none-0000.js');
  assert.equal(missing.status, 404);
  const { error, message, path, correlation_id } = JSON.parse(missing.body);
  assert.deepEqual([error, message, path], ['NOT_FOUND', 'Not Found', '/assets/none-0000.js']);
  assert.equal(missing.headers['x-correlation-id'], correlation_id);
  assert.equal(missing.headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'");
  const posted = await ask('/', { method: 'POST' });
  assert.deepEqual([posted.status, posted.headers.allow], [405, 'GET, HEAD']);
});

test('each method goes through with exact bytes', limit, async () => {
  const seen = [];
  answer = (request, response, body) => {
    seen.push({ line: `${request.method} ${request.url}`, raw: request.rawHeaders, body: digest(body) });
    response.writeHead(299, 'Own Words', ['X-Twice', '1', 'X-Twice', '2', 'Connection', 'X-Hop', 'X-Hop', '1', 'Content-Type', 'text/odd']);
    response.end(body);
  };
  const large = randomBytes(900_000);
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
    for (const body of method === 'GET' ? [undefined] : [undefined, 'few', large, [large.subarray(0, 1), large.subarray(1, 500_000), 'the end']]) {
      const sent = Buffer.concat([body ?? ''].flat().map((piece) => Buffer.from(piece)));
      const framing = body === undefined ? {} : Array.isArray(body) ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': sent.length };
      const reply = await ask('/api/a%2Fb//c?q=%20&q=%C3%A9', { method, body, headers: { 'X-API-Key': KEY, 'Content-Type': 'application/x-own', ...framing } });
      assert.deepEqual([reply.status, reply.reason, digest(reply.body)], [299, 'Own Words', digest(sent)], method);
      assert.deepEqual([reply.headers['x-twice'], reply.headers['x-hop'], reply.headers['content-type']], ['1, 2', undefined, 'text/odd']);
      assert.equal(reply.headers['content-security-policy'], undefined, 'nothing is added');
      assert.deepEqual([seen.at(-1).line, seen.at(-1).body], [`${method} /a%2Fb//c?q=%20&q=%C3%A9`, digest(sent)]);
    }
  }
  const names = seen[0].raw.filter((_, i) => i % 2 === 0);
  assert.deepEqual(names, ['Host', 'X-API-Key', 'Content-Type', 'X-Correlation-ID', 'Connection']);
  answer = (request, response) => response.writeHead(200, { 'Content-Length': 1234 }).end();
  const head = await ask('/api/x', { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, '1234', 0]);
  for (const status of [204, 304]) {
    answer = (request, response) => response.writeHead(status, { ETag: '"1"' }).end();
    const empty = await ask('/api/x');
    assert.deepEqual([empty.status, empty.headers.etag, empty.body.length], [status, '"1"', 0]);
  }
});

test('a body larger than the limit is refused before it is passed on', limit, async () => {
  answer = () => assert.fail('nothing is passed on');
  const text = await raw('POST /api/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048577\r\n\r\n');
  assert.deepEqual(statuses(text), [413]);
});

test('what the caller says about itself does not reach the service', limit, async () => {
  let headers;
  answer = (request, response) => {
    headers = request.headers;
    response.end();
  };
  const origin = `http://localhost:${tester.port}`;
  const said = { Host: `localhost:${tester.port}`, Origin: origin, Via: '1.1 x', Forwarded: 'for=192.0.2.1', 'X-Forwarded-For': '192.0.2.1', 'X-Forwarded-Proto': 'https', 'X-Real-IP': '192.0.2.1', TE: 'trailers', Cookie: 'a=1' };
  assert.equal((await ask('/api/x', { method: 'POST', headers: said })).status, 200);
  assert.equal(headers.host, `127.0.0.1:${upstream.address().port}`);
  assert.equal(headers.cookie, 'a=1');
  for (const name of ['origin', 'via', 'forwarded', 'x-real-ip', 'te']) assert.equal(headers[name], undefined, name);
  // Somebody who is not trusted has passed it on, so nobody knows from where.
  assert.deepEqual([headers['x-forwarded-for'], headers['x-forwarded-proto'], headers['x-forwarded-host']], ['unknown', 'http', said.Host]);
  assert.equal((await ask('/api/x', { method: 'POST', headers: { Host: said.Host, Origin: origin, TE: 'trailers' } })).status, 200);
  for (const name of ['origin', 'te', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host']) assert.equal(headers[name], undefined, name);
});

test('the key of the development is for callers from near, through the page too', limit, async () => {
  const key = 'dev-api-key-12345';
  for (const proxies of ['', '127.0.0.1']) {
    const api = await startApi(null, { API_KEY: key, TRUSTED_PROXIES: proxies });
    const own = await startTester(api.origin);
    try {
      const status = async (headers) => (await ask('/api/auth/me', { port: own.port, headers: { 'X-API-Key': key, ...headers } })).status;
      assert.equal(await status({}), 200);
      for (const mark of [{ 'X-Forwarded-For': '203.0.113.5' }, { Via: '1.1 x' }, { Forwarded: 'for=127.0.0.1' }, { 'X-Real-IP': '127.0.0.1' }]) assert.equal(await status(mark), 401, JSON.stringify([proxies, mark]));
    } finally {
      assert.equal(await own.stop(), 0);
      await api.stop();
    }
  }
});

test('an event is passed on before the next one is made', limit, async () => {
  let stream;
  let left;
  answer = (request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    stream = response;
    left = once(response, 'close');
    response.write('data: 0\n\n');
  };
  const socket = net.connect(tester.port, '127.0.0.1');
  socket.write('GET /api/sessions/x/stream HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: br, gzip\r\n\r\n');
  let text = '';
  for (let i = 0; i < 50; i++) {
    // The service makes the next event only when this one has arrived.
    while (!text.endsWith(`data: ${i}\n\n\r\n`)) text += (await once(socket, 'data'))[0];
    stream.write(`data: ${i + 1}\n\n`);
  }
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
  assert.doesNotMatch(text, /content-encoding/i);
  socket.destroy();
  await left;
});

test('an answer that the service cuts is cut for the client too', limit, async () => {
  for (const headers of [{}, { 'Content-Length': 100 }]) {
    answer = (request, response) => {
      response.writeHead(200, headers);
      response.write('half', () => response.destroy());
    };
    await assert.rejects(ask('/api/x'), /aborted|ECONNRESET|socket hang up/);
  }
});

test('an empty answer in chunks ends for the client too', limit, async (t) => {
  const whole = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
  const service = net.createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(whole))).listen(0, '127.0.0.1');
  await once(service, 'listening');
  t.after(() => service.close());
  const own = await startTester(`http://127.0.0.1:${service.address().port}`);
  t.after(() => own.stop());
  const request = (connection) => `GET /api/x HTTP/1.1\r\nHost: localhost\r\nConnection: ${connection}\r\n\r\n`;
  const text = await exchange(own, request('keep-alive') + request('close'));
  assert.equal(text, `${whole}${whole.replace('chunked\r\n', 'chunked\r\nConnection: close\r\n')}`);
});

test('a slow client slows down the service', limit, async () => {
  const piece = Buffer.alloc(64 * 1024);
  const most = 4_000; // pieces: 250 MiB
  let written = 0;
  let blocked;
  const full = new Promise((resolve) => (blocked = resolve));
  let closed;
  answer = (request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    closed = once(response, 'close');
    const more = () => {
      while (written < most && response.write(piece)) written++;
      written < most ? blocked() : response.end();
    };
    response.on('drain', more);
    more();
  };
  const socket = net.connect(tester.port, '127.0.0.1').pause();
  socket.write('GET /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await full;
  // What is not read stays with the service, but for what the systems' buffers hold.
  let before = -1;
  const asked = () => {
    const same = written === before;
    before = written;
    return same;
  };
  await until('the service is not asked for more', asked, { every: 100 });
  assert.ok(written < 500, `${written} pieces of 64 KiB were taken`);
  socket.destroy();
  await closed;
});

test('a WebSocket becomes two connections that are joined, in both directions to the last byte', limit, async () => {
  const opening = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
  const toService = randomBytes(3_000_000);
  const toClient = randomBytes(3_000_000);
  let request;
  let got;
  answerSocket = (asked, socket, head) => {
    request = asked;
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\nSec-WebSocket-Protocol: p\r\n\r\nfirst');
    const pieces = [head];
    got = new Promise((resolve) => socket.on('data', (piece) => pieces.push(piece)).on('end', () => resolve(Buffer.concat(pieces))));
    got.then(() => socket.end(toClient));
  };
  const socket = net.connect({ port: tester.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.write(`GET /api/ws/events/x?ticket=t HTTP/1.1\r\nHost: localhost:${tester.port}\r\nOrigin: http://localhost:${tester.port}\r\n${opening}\r\nbehind`);
  socket.end(toService);
  const pieces = [];
  socket.on('data', (piece) => pieces.push(piece));
  await once(socket, 'end');
  const all = Buffer.concat(pieces);
  const head = all.indexOf('\r\n\r\n') + 4;
  assert.equal(all.subarray(0, head).toString(), 'HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\nSec-WebSocket-Protocol: p\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  assert.equal(digest(all.subarray(head)), digest(Buffer.concat([Buffer.from('first'), toClient])));
  assert.equal(digest(await got), digest(Buffer.concat([Buffer.from('behind'), toService])));
  assert.equal(request.url, '/ws/events/x?ticket=t');
  assert.deepEqual([request.headers.origin, request.headers.upgrade, request.headers['sec-websocket-key']], [undefined, 'websocket', 'AAAAAAAAAAAAAAAAAAAAAA==']);

  // Whoever leaves, the other side hears of it.
  let served;
  answerSocket = (asked, socket) => {
    served = socket;
    socket.on('error', () => {});
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  };
  for (const leaves of ['client', 'service']) {
    const client = net.connect(tester.port, '127.0.0.1');
    client.on('error', () => {});
    client.write(`GET /api/ws HTTP/1.1\r\nHost: localhost\r\n${opening}\r\n`);
    await once(client, 'data');
    const other = leaves === 'client' ? served : client;
    const ended = once(other.resume(), 'end');
    (leaves === 'client' ? client : served).destroy();
    await ended;
  }
});

test('a service with TLS is asked for its certificate', limit, async (t) => {
  const { cert, key } = certificate(folderOf(t), 'localhost');
  const secure = https.createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => response.end(request.url));
  secure.on('upgrade', (request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.pipe(socket);
  });
  secure.listen(0, '127.0.0.1');
  await once(secure, 'listening');
  t.after(() => (secure.closeAllConnections(), secure.close()));
  const url = `https://localhost:${secure.address().port}`;
  const trusting = await startTester(`${url}/below/`, { SSL_CERT_FILE: cert });
  const reply = await ask('/api/x?y', { port: trusting.port });
  assert.deepEqual([reply.status, reply.body.toString()], [200, '/below/x?y']);
  const socket = net.connect(trusting.port, '127.0.0.1');
  socket.write('GET /api/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\necho');
  let text = '';
  while (!text.endsWith('echo')) text += (await once(socket, 'data'))[0];
  assert.match(text, /^HTTP\/1\.1 101 /);
  socket.destroy();
  assert.equal(await trusting.stop(), 0);
  const careful = await startTester(url);
  const refused = await ask('/api/x', { port: careful.port });
  assert.equal(refused.status, 502);
  assert.match(JSON.parse(refused.body).message, /TLS: certificate verify failed/);
  assert.equal(await careful.stop(), 0);
});

test('only the own page may change something or open a socket, and only under the own name', limit, async () => {
  let passed = 0;
  answer = (request, response) => (passed++, response.end('passed'));
  answerSocket = () => assert.fail('no socket is passed on');
  const port = tester.port;
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
  const rows = [
    ['GET / HTTP/1.1\r\nHost: evil.example\r\n', 421],
    ['GET /api/x HTTP/1.1\r\nHost: evil.example\r\n', 421],
    [`GET http://evil.example/api/x HTTP/1.1\r\nHost: localhost:${port}\r\n`, 421],
    [`GET /api/x HTTP/1.1\r\nHost: localhost.evil.example:${port}\r\n`, 421],
    ['GET / HTTP/1.1\r\n', 400],
    ['GET /api/x HTTP/1.1\r\nHost: [::1]\r\n', 200],
    [`POST /api/x HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: http://localhost:${port}\r\n`, 200],
    [`POST /api/x HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: http://evil.example\r\n`, 403],
    [`POST /api/x HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: http://localhost:${port + 1}\r\n`, 403],
    [`POST /api/x HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: null\r\n`, 403],
    [`OPTIONS /api/x HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\n`, 403],
    [`GET /api/x HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: http://evil.example\r\n`, 200],
    [`GET /api/ws HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: http://evil.example\r\n${upgrade}`, 403],
    [`GET /api/ws HTTP/1.1\r\nHost: evil.example\r\n${upgrade}`, 421],
  ];
  for (const [head, status] of rows) {
    const text = await raw(`${head.replace('\r\nHost', '\r\nConnection: close\r\nHost')}\r\n`.replace('HTTP/1.1\r\n\r\n', 'HTTP/1.1\r\nConnection: close\r\n\r\n'));
    assert.deepEqual(statuses(text), [status], head);
    assert.doesNotMatch(text, /access-control/i);
    if (status === 421) assert.equal(JSON.parse(text.slice(text.indexOf('\r\n\r\n'))).error, 'MISDIRECTED_REQUEST');
    if (status === 403) assert.equal(JSON.parse(text.slice(text.indexOf('\r\n\r\n'))).error, 'INSUFFICIENT_PERMISSIONS');
  }
  assert.equal(passed, 3);
});

test('no request can be hidden in another one', limit, async () => {
  const passed = [];
  answer = (request, response) => (passed.push(request.url), response.end());
  const host = 'Host: localhost\r\n';
  const inner = 'GET /api/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n';
  for (const request of [
    `POST /api/x HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
    `POST /api/x HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${inner}`,
    `POST /api/x HTTP/1.1\r\n${host}Content-Length: 0\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
    `POST /api/x HTTP/1.1\r\n${host}Content-Length: +0\r\n\r\n${inner}`,
    `POST /api/x HTTP/1.1\n${host}Content-Length: 0\r\n\r\n${inner}`,
    `GET /api/x HTTP/1.1\r\n${host}X-A: 1\n\r\n\r\n${inner}`,
    `GET /api/x HTTP/1.1\r\n${host}X-A: 1\r\n folded\r\n\r\n${inner}`,
    `GET /api/x HTTP/1.1\r\n${host}X-A : 1\r\n\r\n${inner}`,
    `GET /api/x\x00 HTTP/1.1\r\n${host}\r\n${inner}`,
  ]) {
    assert.deepEqual(statuses(await raw(Buffer.from(request, 'latin1'))), [400], JSON.stringify(request));
  }
  assert.deepEqual(passed, []);
  const both = await raw(`POST /api/1 HTTP/1.1\r\n${host}Content-Length: 3\r\n\r\nabcGET /api/2 HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
  assert.deepEqual([statuses(both), passed], [[200, 200], ['/1', '/2']]);
});

/** Waits for messages; a socket that is closed before is an error. */
const reached = (listener, condition) => Promise.race([listener.until(condition), listener.closed.then(({ code }) => assert.fail(`closed with ${code}`))]);

test('a real room through the page: the same events, close codes, and a slow page is cut off by the service', { timeout: 120_000 }, async () => {
  const sim = await startSim('--user', 'crowd', '--seed', '2', '--rate', '8000', '--count', '36000');
  let api = await startApi(sim, { LIVE_CHECK_INTERVAL: '1', SUBSCRIBER_QUEUE_MAX: '12000', SUBSCRIBER_QUEUE_MAX_BYTES: String(64 * 1024 * 1024) });
  const own = await startTester(api.origin);
  try {
    // The page's requests count as those of this machine: the key of the development is taken.
    const session = await get(`${own.origin}/api/sessions`, { headers: { 'X-API-Key': KEY } });
    assert.equal(session.status, 200);
    const refused = await openSocket(`${own.origin}/api/ws/events/busy?api_key=wrong-key-0123456789`, {});
    assert.match(await refused.closed, /^4001 /);

    const [direct] = await followFromTheStart(api, sim, 'busy', 'crowd', 1, { all: true });
    const page = await listen({ origin: `${own.origin}/api` }, '/ws/events/busy?after=0', KEY, { all: true });
    const deaf = net.connect(own.port, '127.0.0.1').pause();
    const subscribers = async () => (await api.call('/sessions/busy')).json.subscribers;
    deaf.write(`GET /api/ws/events/busy?api_key=${KEY} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AQEBAQEBAQEBAQEBAQEBAQ==\r\n\r\n`);
    // It takes nothing until the service has given it up; then it takes what is left, and the reason.
    const cutOff = async () => {
      await until('the page that reads nothing is counted', async () => (await subscribers()) === 3);
      await until('the service cuts it off', async () => (await subscribers()) === 2);
      let bytes = Buffer.alloc(0);
      deaf.on('error', () => {}).on('data', (piece) => (bytes = Buffer.concat([bytes, piece]).subarray(-200)));
      deaf.resume();
      await once(deaf, 'close');
      return bytes;
    };
    const lastWords = cutOff();
    await reached(direct, (m) => m.length > 36_000);
    const last = direct.messages.at(-1).offset;
    await reached(page, (m) => m.at(-1).offset >= last);
    const first = direct.messages[1].offset;
    const events = ({ messages }) => digest(messages.slice(1).filter((e) => e.offset >= first && e.offset <= last).map((e) => JSON.stringify(e)).join('\n'));
    assert.deepEqual(page.messages.slice(1).map((e) => e.offset).slice(0, last), Array.from({ length: last }, (_, i) => i + 1));
    assert.equal(events(page), events(direct), 'byte for byte the same events');
    const tail = await lastWords;
    const close = tail.lastIndexOf(Buffer.from([0x0f, 0xa8])); // 4008
    assert.ok(close > 1 && tail[close - 2] === 0x88, 'a close frame with 4008');

    // The service is gone, and comes back.
    const port = api.port;
    const folder = api.folder;
    await api.kill();
    await page.closed;
    const gone = await ask('/api/livez?ticket=secret-of-a-query', { port: own.port });
    assert.equal(gone.status, 502);
    const error = JSON.parse(gone.body);
    assert.deepEqual([error.error, error.details, error.path], ['CONNECTION_ERROR', { upstream: api.origin, reason: 'upstream_error' }, '/api/livez']);
    api = await startApi(sim, { PORT: String(port) }, folder);
    assert.equal((await ask('/api/livez', { port: own.port })).status, 200);
    assert.equal((await ask('/', { port: own.port })).status, 200);
    direct.close();
  } finally {
    assert.equal(await own.stop(), 0);
    await api.stop();
    await sim.stop();
  }
  assert.ok(!own.output().includes(KEY) && !own.output().includes('secret-of-a-query') && !own.output().includes('?'), own.output());
  assert.match(own.output(), /"path":"\/api\/livez","endpoint":"tester:api","status_code":502/);
});

test('serve offers the page too, and passes to itself', limit, async () => {
  const sim = await startSim('--user', 'host', '--rate', '5');
  const api = await startApi(sim, { TESTER_ENABLED: 'true', TESTER_PORT: '0', TESTER_HOSTS: 'page.example' });
  let page;
  try {
    const [, port] = /"page":"http:\/\/localhost:(\d+)"/.exec(api.output());
    assert.equal((await ask('/', { port })).status, 200);
    assert.equal((await ask('/', { port, headers: { Host: 'page.example' } })).status, 200);
    const health = await ask('/api/healthcheck', { port });
    assert.equal(JSON.parse(health.body).service, 'Profile & Engagement API');
    const socket = await listen({ origin: `http://127.0.0.1:${port}/api` }, '/ws/events/none', null).catch((error) => error);
    assert.equal((await socket.closed).code, 4001);
    assert.equal((await api.connect('s', 'host')).status, 200);
    page = await listen({ origin: `http://127.0.0.1:${port}/api` }, '/ws/events/s?after=0');
    await page.until((m) => m.length > 2);
    // Whoever has the port already keeps it, and the second one says so.
    const second = runApi(['tester'], { env: { TESTER_PORT: port } });
    assert.deepEqual([second.code, second.err], [4, `the tester cannot start: port ${port} is in use by another program: end that one, or set another TESTER_PORT\n`]);
    const third = spawnSync(program, [], { cwd: tmpdir(), env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', DATABASE_URL: `sqlite:///${api.folder}/other.db`, TESTER_ENABLED: 'true', TESTER_PORT: port }, encoding: 'utf8', timeout: 20_000 });
    assert.deepEqual([third.status, third.stderr], [4, `profile-api cannot start: port ${port} is in use by another program: end that one, or set another TESTER_PORT\n`]);
  } finally {
    assert.equal(await api.stop(), 0);
    await sim.stop();
  }
  assert.equal((await page.closed).code, 1001, 'the service says goodbye through the page');
});

test('the address of the service says where to go on', limit, async () => {
  const api = await startApi(null);
  try {
    const root = await get(`${api.origin}/`);
    assert.equal(root.status, 200);
    const { name, version, links } = JSON.parse(root.body);
    assert.equal(name, 'Profile & Engagement API');
    assert.match(version, /^\d+\.\d+\.\d+$/);
    assert.deepEqual(links, { tester: 'http://localhost:3001/', docs: '/docs', openapi: '/openapi.json', healthcheck: '/healthcheck' });
    const page = await get(`${api.origin}/`, { headers: { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
    assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
    assert.equal(page.headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'");
    assert.equal(page.headers.vary, 'Accept, Origin');
    assert.equal(page.body.trim().split('\n').length, 19);
    assert.match(page.body, /<a href="http:\/\/localhost:3001\/">/);
  } finally {
    await api.stop();
  }
});

test('listening for other machines without TLS is warned of, and wrong settings are named', limit, async () => {
  const open = await startTester('http://127.0.0.1:1', { TESTER_LISTEN: '0.0.0.0' });
  assert.match(open.output(), /reachable from other machines without TLS/);
  assert.equal(await open.stop(), 0);
  assert.doesNotMatch(tester.output(), /without TLS/);
  const wrong = runApi(['tester'], { env: { TESTER_HOSTS: 'a:1', PROFILE_API_URL: 'localhost:8002', TESTER_LISTEN: 'x' } });
  assert.equal(wrong.code, 3);
  assert.match(wrong.err, /TESTER_HOSTS: 'a:1' is not a host name or address, without a port/);
  assert.match(wrong.err, /PROFILE_API_URL: must be a URL such as http:\/\/localhost:8002/);
  assert.match(wrong.err, /TESTER_LISTEN: must be an IPv4 or IPv6 address/);
});
