// Clients that choose their certificate authority, address and headers, which fetch and WebSocket do not let them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { summaryOf, within } from './wait.mjs';

export function folderOf(t) {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
/** A certificate that signs itself. */
export function certificate(folder, name) {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], { stdio: 'ignore' });
  return { cert, key, ca: readFileSync(cert) };
}

const schemeOf = (url) => (url.startsWith('https') ? https : http);

/** One GET; gives status, headers and body. */
export const get = (url, options = {}) =>
  new Promise((resolve, reject) => {
    schemeOf(url)
      .get(url, options, (reply) => {
        let body = '';
        reply.on('error', reject);
        reply.setEncoding('utf8').on('data', (chunk) => (body += chunk)).on('end', () => resolve({ status: reply.statusCode, headers: reply.headers, body }));
      })
      .on('error', reject);
  });

/** Takes whole frames of a server, which are not masked, from the front of `bytes`; gives them and the rest. */
function framesOf(bytes) {
  const frames = [];
  for (;;) {
    const short = bytes[1] & 127;
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < head) return [frames, bytes];
    const size = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    if (bytes.length < head + size) return [frames, bytes];
    frames.push({ opcode: bytes[0] & 15, payload: bytes.subarray(head, head + size) });
    bytes = bytes.subarray(head + size);
  }
}

/** A client's frame; a mask of zeros changes nothing. */
const frame = (opcode, payload) => Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]);

/**
 * A WebSocket that keeps its messages as text and the times of pings, and answers pings and the close. `closed`: code and
 * reason, '1006 ' where the connection ended without them. until() waits until the condition is true or it is closed; like
 * that of listen() it has a limit.
 */
export const openSocket = (url, options) =>
  new Promise((resolve, reject) => {
    const opening = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==' };
    const request = schemeOf(url).request(url, { ...options, headers: { ...opening, ...options.headers } });
    request.on('response', (reply) => {
      reply.resume();
      reject(new Error(`no WebSocket: ${reply.statusCode}`));
    });
    request.on('error', reject);
    request.on('upgrade', (reply, connection, head) => {
      const [messages, pings] = [[], []];
      let rest = Buffer.alloc(0);
      let end = '1006 ';
      let changed = () => {};
      const take = (chunk) => {
        let frames;
        [frames, rest] = framesOf(Buffer.concat([rest, chunk]));
        for (const { opcode, payload } of frames) {
          if (opcode === 1) messages.push(payload.toString());
          if (opcode === 9) pings.push(performance.now()), connection.write(frame(10, payload));
          if (opcode === 8) end = `${payload.readUInt16BE(0)} ${payload.subarray(2)}`, connection.end(frame(8, payload));
        }
        changed();
      };
      const closed = new Promise((done) => connection.on('close', () => done(end)));
      connection.on('error', () => {}).on('data', take);
      if (head.length) take(head);
      const until = (condition, limit) => {
        const satisfied = new Promise((done) => {
          changed = () => condition() && done();
          changed();
          closed.then(done);
        });
        return within(`${new URL(url).pathname}: ${condition}`, satisfied, () => summaryOf(messages), limit);
      };
      resolve({ messages, pings, closed, until, destroy: () => connection.destroy() });
    });
    request.end();
  });

/** The first `count` messages of a WebSocket, or all of one that is closed before. */
export async function firstMessages(url, options, count) {
  const socket = await openSocket(url, options);
  await socket.until(() => socket.messages.length >= count);
  socket.destroy();
  return socket.messages;
}

/** Reads lines of a stream until they are `enough`; `at`: when each came. */
export const linesOf = (url, options, enough) =>
  new Promise((resolve, reject) => {
    const lines = [];
    let rest = '';
    const request = schemeOf(url).get(url, options, (reply) => {
      if (reply.statusCode !== 200) return reject(new Error(`status ${reply.statusCode}`));
      reply.on('error', reject).on('end', () => reject(new Error(`the stream ended after ${lines.length} lines`)));
      reply.setEncoding('utf8').on('data', (chunk) => {
        const whole = (rest + chunk).split('\n');
        rest = whole.pop();
        for (const text of whole) lines.push({ text, at: performance.now() });
        if (enough(lines)) resolve(lines), request.destroy();
      });
    });
    request.on('error', reject);
  });

/** Reads an event stream until it has `count` events. */
export async function firstEvents(url, options, count) {
  const lines = await linesOf(url, options, (all) => all.filter(({ text }) => text.startsWith('id: ')).length >= count);
  return lines.map(({ text }) => text).join('\n');
}
