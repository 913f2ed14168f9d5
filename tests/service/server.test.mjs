// The HTTP server under clients that are slow, rude or in a hurry.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort } from './free_port.mjs';
import { KEY, exchange, startApi } from './programs.mjs';

let api;
before(async () => (api = await startApi(null, { SERVER_REQUEST_TIMEOUT: '1', SERVER_IDLE_TIMEOUT: '2', SERVER_MAX_BODY_BYTES: '2048' })));
after(() => api.stop());
const limit = { timeout: 60_000 };
const get = (path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const statuses = (text) => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((m) => Number(m[1]));

test('the four probes answer GET and HEAD, with the security headers and a correlation id', limit, async () => {
  for (const path of ['/healthcheck', '/livez', '/readyz', '/monitoring/ping']) {
    for (const method of ['GET', 'HEAD']) {
      const reply = await fetch(api.origin + path, { method, headers: { 'X-Correlation-ID': 'mine-1' } });
      assert.equal(reply.status, 200);
      assert.equal(reply.headers.get('x-correlation-id'), 'mine-1');
      assert.equal(reply.headers.get('x-content-type-options'), 'nosniff');
      assert.equal(reply.headers.get('x-frame-options'), 'DENY');
      assert.ok(reply.headers.get('content-security-policy'));
      const body = await reply.text();
      assert.equal(body === '', method === 'HEAD');
      assert.ok(Number(reply.headers.get('content-length')) > 0);
    }
  }
  const wrong = await fetch(`${api.origin}/livez`, { headers: { 'X-Correlation-ID': 'no spaces' } });
  assert.match(wrong.headers.get('x-correlation-id'), /^[0-9a-f]{32}$/);
});

test('pipelined requests are answered in order', limit, async () => {
  const three = get('/healthcheck') + get('/nope') + get('/monitoring/ping');
  const done = (text) => text.includes('pong');
  assert.deepEqual(statuses(await exchange(api, three, done)), [200, 404, 200]);
});

test('a request that does not come to its end is answered 408, an idle connection is closed', limit, async () => {
  const slow = await exchange(api, 'GET /healthcheck HTTP/1.1\r\nHost:');
  assert.deepEqual(statuses(slow), [408]);
  assert.match(slow, /REQUEST_TIMEOUT/);
  assert.equal(await exchange(api, ''), '');
});

test('each limit has its answer, and the connection is closed', limit, async () => {
  const post = (headers, body) => `POST /connect HTTP/1.1\r\nHost: x\r\nX-API-Key: ${KEY}\r\nContent-Type: application/json\r\n${headers}\r\n${body}`;
  const rows = [
    [get(`/${'a'.repeat(5000)}`), 414, 'URI_TOO_LONG'],
    [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'b'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
    [post('Content-Length: 99999\r\n', ''), 413, 'REQUEST_TOO_LARGE'],
    [post('Transfer-Encoding: chunked\r\n', `1000\r\n${'x'.repeat(4096)}\r\n0\r\n\r\n`), 413, 'REQUEST_TOO_LARGE'],
    ['nonsense\r\n\r\n', 400, 'VALIDATION_ERROR'],
    [post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', ''), 400, 'VALIDATION_ERROR'],
  ];
  for (const [bytes, status, error] of rows) {
    const text = await exchange(api, bytes);
    assert.deepEqual(statuses(text), [status], bytes.slice(0, 80));
    assert.ok(text.includes(error));
    assert.match(text, /Connection: close/);
  }
  assert.deepEqual(statuses(await exchange(api, 'GET /livez HTTP/1.1\r\n\r\n', (t) => t.includes('}'))), [400], 'no Host');
});

test('unknown paths, wrong methods and wrong types have the one error shape', limit, async () => {
  const missing = await api.call('/nope');
  assert.equal(missing.status, 404);
  for (const field of ['error', 'message', 'detail', 'correlation_id', 'timestamp', 'path', 'type', 'title', 'status', 'instance']) {
    assert.ok(field in missing.json, field);
  }
  const method = await api.call('/sessions', { method: 'DELETE' });
  assert.equal(method.status, 405);
  assert.equal(method.headers.get('allow'), 'GET, HEAD');
  assert.equal(method.json.detail, 'Method Not Allowed');
  assert.equal((await api.call('/connect', { method: 'POST', body: 'x=1', headers: { 'Content-Type': 'text/plain' } })).status, 415);
  const problem = await api.call('/nope', { headers: { Accept: 'application/problem+json' } });
  assert.equal(problem.headers.get('content-type'), 'application/problem+json');
  assert.equal((await api.call('/ws/comments/x')).status, 426);
});

test('OPTIONS says what a path takes, without a key, and a 401 how to come in', limit, async () => {
  const options = await fetch(`${api.origin}/connect`, { method: 'OPTIONS' });
  assert.equal(options.status, 204);
  assert.equal(options.headers.get('allow'), 'POST, OPTIONS');
  assert.equal((await fetch(`${api.origin}/nope`, { method: 'OPTIONS' })).status, 404);
  const nobody = await fetch(`${api.origin}/sessions`);
  assert.equal(nobody.status, 401);
  assert.equal(nobody.headers.get('www-authenticate'), 'Bearer');
});

test('wrong settings are all named at once, with exit code 3', limit, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'settings-'));
  writeFileSync(join(folder, '.env'), 'LOG_LEVL=INFO\nPORT=70000\n');
  const build = process.env.PAPI_BUILD_DIR ?? join(import.meta.dirname, '../../build/release');
  const run = (...args) => spawnSync(join(build, 'profile-api'), args, { cwd: folder, encoding: 'utf8', env: { TIKTOK_WEB_UR: 'x', DATABASE_URL: 'sqlite:////nowhere/x.db' } });
  const started = run();
  assert.equal(started.status, 3);
  for (const part of ['PORT: must be', 'LOG_LEVL: unknown setting in .env; did you mean LOG_LEVEL?', 'did you mean TIKTOK_WEB_URL?', "'/nowhere' does not exist"]) {
    assert.ok(started.stderr.includes(part), `${part}\n${started.stderr}`);
  }
  assert.equal(run('config', 'check').status, 1);
  rmSync(folder, { recursive: true });
});

test('the demo listens on loopback only', { ...limit, skip: Boolean(process.env.PAPI_BUILD_DIR && !process.env.PAPI_BUILD_DIR.endsWith('/build/release')) }, async () => {
  const ports = [await freePort(), await freePort()];
  const demo = spawn(join(import.meta.dirname, '../../scripts/demo'), {
    env: { PATH: process.env.PATH, PORT: String(ports[0]), DEMO_SIM_PORT: String(ports[1]) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const chunk of demo.stdout) if ((said += chunk).includes('Paste this')) break;
  const listening = ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === '0A' && ports.includes(parseInt(local.split(':')[1], 16)))
    .map(([, local]) => local.split(':')[0]);
  demo.kill('SIGTERM');
  await once(demo, 'exit');
  assert.ok(listening.length >= 2, said);
  assert.deepEqual([...new Set(listening)], ['0100007F']);
});
