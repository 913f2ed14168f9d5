// HTTPS and wss on our own port.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import tls from 'node:tls';
import { certificate, firstEvents, firstMessages, folderOf, get } from './clients.mjs';
import { KEY, startApi, startSim } from './programs.mjs';
import { ADMIN_KEY, withAccounts } from './people.mjs';
import { until } from './wait.mjs';

const handshake = (port, options) =>
  new Promise((resolve) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
      const seen = { protocol: socket.getProtocol(), cipher: socket.getCipher().standardName, subject: socket.getPeerCertificate().subject?.CN, end: socket.getPeerCertificate().valid_to };
      socket.destroy();
      resolve(seen);
    });
    socket.on('error', (error) => resolve({ error: error.code }));
  });

async function withRoom(t, settings) {
  const sim = await startSim('--user', 'host', '--rate', '50', '--count', '100000');
  t.after(() => sim.stop());
  const api = await startApi(sim, { ...withAccounts, ...settings });
  t.after(() => api.stop());
  return api;
}

test('HTTPS and wss are served directly, with TLS 1.2 and 1.3 only, and a renewed certificate is taken over', async (t) => {
  const folder = folderOf(t);
  const [first, second] = [certificate(folder, 'first'), certificate(folder, 'second')];
  const [cert, key] = [join(folder, 'now.pem'), join(folder, 'now.key')];
  const use = (which) => (copyFileSync(which.cert, cert), copyFileSync(which.key, key));
  use(first);
  const api = await withRoom(t, { TLS_CERT_FILE: cert, TLS_KEY_FILE: key });
  assert.match(api.origin, /^https:/);
  const options = { ca: first.ca, headers: { 'X-API-Key': KEY } };
  const health = await get(`${api.origin}/healthcheck`, options);
  assert.equal(health.status, 200);
  assert.match(health.headers['strict-transport-security'], /max-age=31536000/);
  await new Promise((resolve, reject) => {
    const request = https.request(`${api.origin}/connect`, { ...options, method: 'POST', headers: { ...options.headers, 'Content-Type': 'application/json' } }, (reply) => reply.resume().on('end', () => (reply.statusCode === 200 ? resolve() : reject(new Error(`connect: ${reply.statusCode}`)))));
    request.end('{"session_id":"quiz","username":"host"}');
  });
  assert.match((await firstMessages(`${api.origin}/ws/events/quiz`, options, 5))[0], /"type":"connected"/);
  assert.match(await firstEvents(`${api.origin}/sessions/quiz/stream`, options, 5), /event: connected/);

  const { port } = api;
  assert.equal((await handshake(port, { maxVersion: 'TLSv1.2' })).protocol, 'TLSv1.2');
  assert.equal((await handshake(port, {})).protocol, 'TLSv1.3');
  for (const old of [{ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }, { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA:ECDHE-ECDSA-AES128-SHA256' }]) {
    assert.ok((await handshake(port, old)).error, JSON.stringify(old));
  }
  await assert.rejects(get(`http://127.0.0.1:${port}/healthcheck`), 'no plain HTTP on this port');

  const { body: metrics } = await get(`${api.origin}/metrics`, options);
  const shownEnd = Number(/^profile_api_tls_certificate_expiry_timestamp_seconds (\d+)$/m.exec(metrics)?.[1]);
  assert.equal(shownEnd, Date.parse((await handshake(port, {})).end) / 1000);

  const subject = async () => (await handshake(port, {})).subject;
  const hangUp = async (until) => {
    api.child.kill('SIGHUP');
    await api.logged(until);
  };
  assert.equal(await subject(), 'first');
  use(second);
  await hangUp(/TLS certificate reloaded/);
  assert.equal(await subject(), 'second');
  writeFileSync(key, 'no key');
  await hangUp(/TLS certificate cannot be reloaded/);
  assert.equal(await subject(), 'second', 'the one before stays');
});

/** Sends bytes over TLS and reads to the end: what came, and whether it ended with a close_notify. Node does not tell. */
const endOf = (port, bytes) => {
  const script = `
import json, socket, ssl, sys
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
tls = context.wrap_socket(socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=20), suppress_ragged_eofs=False)
tls.sendall(sys.stdin.buffer.read())
seen = b''
try:
    while piece := tls.recv(65536): seen += piece
    clean = True
except ssl.SSLEOFError:
    clean = False
json.dump([seen.decode('latin1'), clean], sys.stdout)`;
  return new Promise((resolve, reject) => {
    const child = spawn('python3', ['-c', script, String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.on('error', reject);
    child.on('close', () => resolve(JSON.parse(out)));
    child.stdin.end(Buffer.from(bytes, 'latin1'));
  });
};

test('a TLS connection ends with close_notify, speaks HTTP/1.1 only, and a reader who leaves is noticed at once', { timeout: 60_000 }, async (t) => {
  const own = certificate(folderOf(t), 'localhost');
  const api = await withRoom(t, { TLS_CERT_FILE: own.cert, TLS_KEY_FILE: own.key, SERVER_IDLE_TIMEOUT: '1', SSE_HEARTBEAT: '3600' });
  const handshakeOf = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='];
  const masked = (opcode, payload) => String.fromCharCode(0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0) + payload;
  const rows = [
    [['GET /livez HTTP/1.1', 'Host: a', 'Connection: close'], '', /^HTTP\/1\.1 200 /, 'asked to close'],
    [['GET /livez HTTP/1.1', 'Host: a'], '', /^HTTP\/1\.1 200 /, 'idle for too long'],
    [['nonsense'], '', /^HTTP\/1\.1 400 /, 'refused'],
    [[`GET /ws/comments/x?api_key=${KEY} HTTP/1.1`, 'Host: a', ...handshakeOf], masked(8, '\x03\xe8'), /^HTTP\/1\.1 101 [^]*\x88\x02\x03\xe8$/, 'a WebSocket that is closed'],
  ];
  for (const [lines, more, pattern, what] of rows) {
    const [seen, clean] = await endOf(api.port, [...lines, '', ''].join('\r\n') + more);
    assert.match(seen, pattern, what);
    assert.equal(clean, true, what);
  }

  const offer = (ALPNProtocols) =>
    new Promise((resolve) => {
      const socket = tls.connect({ port: api.port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols }, () => {
        resolve(socket.alpnProtocol);
        socket.destroy();
      });
      socket.on('error', (error) => resolve(error.code));
    });
  assert.equal(await offer(['h2', 'http/1.1']), 'http/1.1');
  assert.equal(await offer(undefined), false);
  assert.equal(await offer(['h2', 'spdy/3']), 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');

  // A quiet session: nothing is written to the reader, so only its close_notify can tell.
  const call = async (path, method, headers, body) =>
    new Promise((resolve, reject) => {
      const request = https.request(`${api.origin}${path}`, { ca: own.ca, method, headers }, (reply) => {
        let text = '';
        reply.on('data', (chunk) => (text += chunk)).on('end', () => resolve(JSON.parse(text)));
      });
      request.on('error', reject);
      request.end(body);
    });
  await call('/connect', 'POST', { 'X-API-Key': KEY, 'Content-Type': 'application/json' }, '{"session_id":"quiet","username":"host"}');
  await call('/disconnect', 'POST', { 'X-API-Key': KEY, 'Content-Type': 'application/json' }, '{"session_id":"quiet"}');
  const open = async () => (await call('/monitoring/rate-limits', 'GET', { 'X-API-Key': ADMIN_KEY })).open_sockets;
  assert.equal(await open(), 0);
  const reader = tls.connect({ port: api.port, host: '127.0.0.1', rejectUnauthorized: false });
  let stream = '';
  reader.on('data', (chunk) => (stream += chunk));
  reader.write(`GET /sessions/quiet/stream HTTP/1.1\r\nHost: a\r\nX-API-Key: ${KEY}\r\n\r\n`);
  while (!stream.includes('event: connected')) await once(reader, 'data');
  assert.equal(await open(), 1);
  reader.end(); // close_notify
  await until('the socket is closed', async () => (await open()) === 0);
});

test('a certificate that cannot be used is refused at the start, with the file’s name', async (t) => {
  const folder = folderOf(t);
  const [one, two] = [certificate(folder, 'one'), certificate(folder, 'two')];
  for (const [settings, fault] of [
    [{ TLS_CERT_FILE: one.cert }, /TLS_KEY_FILE: needed/],
    [{ TLS_CERT_FILE: one.cert, TLS_KEY_FILE: two.key }, /belongs to the certificate/],
    [{ TLS_CERT_FILE: one.key, TLS_KEY_FILE: one.key }, /no certificate chain/],
    [{ TLS_CERT_FILE: join(folder, 'none'), TLS_KEY_FILE: one.key }, /cannot be read/],
  ]) {
    await assert.rejects(startApi(null, settings), (error) => error.message.includes('ended with 3') && fault.test(error.message));
  }
});
