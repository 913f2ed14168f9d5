// Bounds on what one client may use: time and bytes of a request, connections of an address, memory for bodies.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { KEY, exchange, startApi } from './programs.mjs';
import { ADMIN_KEY, makeKey, makeUser, withAccounts } from './people.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 60_000 };
const statuses = (text) => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((m) => Number(m[1]));
const head = (path, ...more) => [`POST ${path} HTTP/1.1`, 'Host: a', 'Content-Type: application/json', ...more, '', ''].join('\r\n');
const key = `X-API-Key: ${KEY}`;

async function service(t, settings) {
  const api = await startApi(null, { ...withAccounts, ...settings });
  t.after(() => api.stop());
  return api;
}

/** Writes `piece` again and again, as fast as the other side takes it, until an answer comes. */
const flood = (api, start, piece) =>
  new Promise((resolve) => {
    let text = '';
    let written = 0;
    const socket = connect(api.port, '127.0.0.1', () => {
      socket.write(start);
      pump();
    });
    const pump = () => {
      while (!text && !socket.destroyed) {
        written += piece.length;
        if (!socket.write(piece)) return socket.once('drain', pump);
      }
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      socket.end();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve({ text, written }));
  });

test('a flood of chunk extensions ends at its bound in bytes', limit, async (t) => {
  const api = await service(t, {});
  const start = head('/disconnect', key, 'Transfer-Encoding: chunked');
  const extensions = `1;${'e'.repeat(1000)}\r\nx\r\n`.repeat(16);
  const seen = await flood(api, start, extensions);
  assert.deepEqual(statuses(seen.text), [431]);
  assert.match(seen.text, /chunk sizes, extensions and trailers: at most 16384 bytes, and 8 for each byte of the body/);
  assert.match(seen.text, /Connection: close/);
  assert.equal((await api.call('/disconnect', { method: 'POST', body: { session_id: 'x' } })).status, 200);
});

test('a request has its time however busily it comes', limit, async (t) => {
  const api = await service(t, { SERVER_REQUEST_TIMEOUT: '1', SERVER_MAX_BODY_BYTES: String(64 << 20), SERVER_MAX_BODIES_MB: '1000' });
  const started = Date.now();
  // Faster than they can be read: there is always more to take when the time is over.
  const seen = await flood(api, head('/disconnect', key, 'Transfer-Encoding: chunked'), '1\r\nx\r\n'.repeat(10_000));
  assert.deepEqual(statuses(seen.text), [408], `after ${seen.written} bytes`);
  assert.ok(Date.now() - started < 5_000);
});

test('a caller without the permission is refused before the body is read, and the body is never taken for a request', limit, async (t) => {
  const api = await service(t, {});
  await makeUser(api, 'reader', 'readonly');
  const readonly = (await makeKey(api, { user: 'reader', name: 'k' })).key;
  const inside = 'GET /monitoring/ping HTTP/1.1\r\nHost: a\r\n\r\n';
  const rows = [
    [[], 401, 'AUTHENTICATION_REQUIRED'],
    [['X-API-Key: pk_wrong'], 401, 'AUTHENTICATION_FAILED'],
    [['Authorization: Bearer x.y.z'], 401, 'AUTHENTICATION_FAILED'],
    [[`X-API-Key: ${readonly}`], 403, 'INSUFFICIENT_PERMISSIONS'],
  ];
  for (const [credentials, status, error] of rows) {
    for (const framing of ['Content-Length: 100000', 'Transfer-Encoding: chunked']) {
      // Of the body only a part comes, which looks like a request; the answer does not wait for the rest.
      const part = framing.startsWith('T') ? `${inside.length.toString(16)}\r\n${inside}\r\n` : inside;
      const text = await exchange(api, head('/connect', ...credentials, framing) + part, (seen) => seen.includes('"instance"'));
      assert.deepEqual(statuses(text), [status], `${credentials} ${framing}`);
      assert.ok(text.includes(error));
      assert.match(text, /Connection: close/);
      assert.doesNotMatch(text, /pong/);
    }
    const asks = await exchange(api, head('/connect', ...credentials, 'Content-Length: 100000', 'Expect: 100-continue'), (seen) => seen.includes('"instance"'));
    assert.deepEqual(statuses(asks), [status], 'nobody is asked for a body that is not wanted');
  }
  // A body that has come with its header is read over, and the connection goes on.
  const small = head('/connect', 'Content-Length: 2') + '{}' + 'GET /monitoring/ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  const text = await exchange(api, small);
  assert.deepEqual(statuses(text), [401, 200]);
  // A caller with the permission is asked for the body.
  const socket = connect(api.port, '127.0.0.1', () => socket.write(head('/disconnect', key, 'Content-Length: 18', 'Expect: 100-continue', 'Connection: close')));
  let answer = '';
  socket.on('data', (chunk) => {
    if (!answer) socket.write('{"session_id":"x"}');
    answer += chunk.toString('latin1');
  });
  await once(socket, 'close');
  assert.deepEqual(statuses(answer), [100, 200]);
});

test('the bodies of all connections share one bound, of which unknown callers have half', limit, async (t) => {
  const api = await service(t, { SERVER_MAX_BODIES_MB: '1', SERVER_MAX_BODY_BYTES: String(512 * 1024), SERVER_REQUEST_TIMEOUT: '60' });
  const full = 512 * 1024;
  const holder = connect(api.port, '127.0.0.1');
  await once(holder, 'connect');
  holder.write(head('/auth/login', `Content-Length: ${full}`) + ' '.repeat(full - 1));
  const send = (path, size, ...more) => exchange(api, head(path, ...more, `Content-Length: ${size}`, 'Connection: close') + ' '.repeat(size));
  /** Sends a body again until the answer has another status than `status`, and returns that answer. */
  const otherThan = (status, why) => until(why, async () => {
    const answer = await send('/auth/login', 50_000);
    return statuses(answer)[0] !== status && answer;
  });
  const refused = await otherThan(400, 'the service has read what the holder sent');
  assert.deepEqual(statuses(refused), [503]);
  assert.match(refused, /SERVICE_UNAVAILABLE/);
  assert.match(refused, /Retry-After: \d+/);
  assert.match(refused, /SERVER_MAX_BODIES_MB/);
  assert.match(await send('/disconnect', 300_000, key), /^HTTP\/1\.1 400 [\s\S]*not valid JSON/, 'who has credentials has the rest');
  holder.destroy();
  assert.deepEqual(statuses(await otherThan(503, 'the body of the holder is given back')), [400]);
  await assert.rejects(startApi(null, { SERVER_MAX_BODIES_MB: '1' }), /SERVER_MAX_BODIES_MB: must hold at least two bodies of SERVER_MAX_BODY_BYTES/);
});

test('an address has so many connections, and a trusted proxy as many as it needs', limit, async (t) => {
  const api = await service(t, { SERVER_MAX_CONNECTIONS_PER_ADDRESS: '3', TRUSTED_PROXIES: '127.0.0.9', SERVER_IDLE_TIMEOUT: '60' });
  const sockets = [];
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  /** Opens a connection and asks something; whether there was an answer. */
  const open = (localAddress) => {
    const socket = connect({ port: api.port, host: '127.0.0.1', localAddress });
    sockets.push(socket);
    socket.on('error', () => {});
    socket.write('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n');
    return new Promise((resolve) => {
      socket.once('data', () => resolve(true));
      socket.once('close', () => resolve(false));
    });
  };
  const several = async (count, address) => {
    const seen = [];
    for (let i = 0; i < count; i++) seen.push(await open(address));
    return seen;
  };
  assert.deepEqual(await several(5, '127.0.0.2'), [true, true, true, false, false]);
  assert.deepEqual(await several(3, '127.0.0.3'), [true, true, true], 'another address has its own');
  assert.deepEqual(await several(6, '127.0.0.9'), [true, true, true, true, true, true]);
  sockets[0].destroy();
  await until('the service has seen the connection go', () => open('127.0.0.2'));
  await api.stop({ keep: true });
  const lines = api.output().split('\n').filter((line) => line.includes('Too many connections of one address'));
  assert.equal(lines.length, 1, 'one line a minute');
  assert.match(lines[0], /"client_ip":"127\.0\.0\.2","SERVER_MAX_CONNECTIONS_PER_ADDRESS":3/);
});
