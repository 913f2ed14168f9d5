// The opening and the closing of a WebSocket, byte by byte.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { KEY, startApi } from './programs.mjs';

const limit = { timeout: 60_000 };
let api;
before(async () => (api = await startApi(null)));
after(() => api.stop());

const usual = ['Host: a', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='];

/** Opens with these header lines, sends `frame` once connected, and gives all bytes that came until the other side closed. */
const talk = (path, lines, frame) =>
  new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    let sent = false;
    const socket = connect(api.port, '127.0.0.1', () => socket.write([`GET ${path} HTTP/1.1`, ...lines, `X-API-Key: ${KEY}`, '', ''].join('\r\n')));
    socket.on('error', reject);
    socket.on('close', () => resolve(bytes));
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      const text = bytes.toString('latin1');
      if (frame && !sent && text.includes('"connected"')) (sent = true), socket.write(frame);
      if (!frame && text.includes('"connected"')) socket.destroy();
      const refused = /^HTTP\/1\.1 101[^]*\r\n\r\n\x88/.test(text);
      if (refused || /^HTTP\/1\.1 [2345]/.test(text)) socket.end();
    });
  });

/** A masked close frame. */
function closeFrame(code, reason = '') {
  const payload = Buffer.concat([code === null ? Buffer.alloc(0) : Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);
  const mask = Buffer.from([1, 2, 3, 250]);
  return Buffer.concat([Buffer.from([0x88, 0x80 | payload.length]), mask, payload.map((byte, i) => byte ^ mask[i % 4])]);
}

/** Code and reason of the close frame at the end. */
function closeOf(bytes) {
  const at = bytes.lastIndexOf(0x88);
  const size = bytes[at + 1];
  assert.equal(at + 2 + size, bytes.length, 'the close frame is the last one');
  return { code: bytes.readUInt16BE(at + 2), reason: bytes.subarray(at + 4) };
}

test('a malformed handshake is answered 400 or 426, and opens nothing', limit, async () => {
  const without = (name, ...more) => [...usual.filter((line) => !line.startsWith(name)), ...more];
  const rows = [
    [usual, 101],
    [without('Host'), 400, /Host: required/],
    [without('Host', 'Host: a b'), 400, /Host: /],
    [without('Sec-WebSocket-Key'), 400, /Sec-WebSocket-Key: must be given once/],
    [without('Sec-WebSocket-Key', 'Sec-WebSocket-Key: short'), 400, /Sec-WebSocket-Key/],
    [without('Sec-WebSocket-Key', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAAA'), 400, /Sec-WebSocket-Key/],
    [[...usual, 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='], 400, /Sec-WebSocket-Key/],
    [without('Sec-WebSocket-Version', 'Sec-WebSocket-Version: 8'), 426, /Sec-WebSocket-Version: 13\r\n/],
    [without('Upgrade'), 426, /Connection: Upgrade\r\nUpgrade: websocket\r\n/],
  ];
  for (const [lines, status, pattern] of rows) {
    const text = (await talk('/ws/comments/x', lines)).toString('latin1');
    assert.match(text, new RegExp(`^HTTP/1.1 ${status} `), lines.join(' | '));
    if (pattern) assert.match(text, pattern);
  }
});

test('the first offered subprotocol is chosen', limit, async () => {
  const chosen = async (...lines) => /Sec-WebSocket-Protocol: ([^\r]*)/.exec((await talk('/ws/comments/x', [...usual, ...lines])).toString('latin1'))?.[1];
  assert.equal(await chosen(), undefined);
  assert.equal(await chosen('Sec-WebSocket-Protocol: events.v1, chat'), 'events.v1');
  assert.equal(await chosen('Sec-WebSocket-Protocol: no token', 'Sec-WebSocket-Protocol: chat'), 'chat');
  const socket = new WebSocket(`${api.origin.replace('http', 'ws')}/ws/comments/x?api_key=${KEY}`, ['chat', 'events.v1']);
  await new Promise((resolve, reject) => ((socket.onopen = resolve), (socket.onerror = () => reject(new Error('a browser would not open it')))));
  assert.equal(socket.protocol, 'chat');
  socket.close();
});

test('a registered close code is echoed, and another is an error of protocol', limit, async () => {
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4000, 4999]) {
    const seen = closeOf(await talk('/ws/comments/x', usual, closeFrame(code, 'bye')));
    assert.deepEqual([seen.code, seen.reason.length], [code, 0]);
  }
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000]) {
    assert.equal(closeOf(await talk('/ws/comments/x', usual, closeFrame(code))).code, 1002, String(code));
  }
  assert.equal(closeOf(await talk('/ws/comments/x', usual, closeFrame(null))).code, 1000);
});

test('a close reason is at most 123 bytes of whole characters', limit, async () => {
  for (let shift = 0; shift < 4; shift++) {
    // 64 bytes of each name are shown, and there is no end to the message.
    const name = 'x'.repeat(shift) + encodeURIComponent('🎁'.repeat(15));
    const { code, reason } = closeOf(await talk(`/ws/comments/x?${name}=1&${name}1=2`, usual, 'never sent'));
    assert.equal(code, 1008);
    assert.ok(reason.length > 115 && reason.length <= 123, `${reason.length} bytes`);
    assert.doesNotThrow(() => new TextDecoder('utf-8', { fatal: true }).decode(reason));
    assert.match(reason.toString(), /: unknown query parameter; x*🎁/u);
  }
});
