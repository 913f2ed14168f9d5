// A real nginx in front of the service, with the blocks of docs/deployment.md, and clients that choose their headers.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './programs.mjs';

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

/** One GET; gives status, headers and body. */
export const get = (url, options = {}) =>
  new Promise((resolve, reject) => {
    (url.startsWith('https') ? https : http)
      .get(url, options, (reply) => {
        let body = '';
        reply.setEncoding('utf8').on('data', (chunk) => (body += chunk)).on('end', () => resolve({ status: reply.statusCode, headers: reply.headers, body }));
      })
      .on('error', reject);
  });

/** The first `count` messages of a WebSocket, by hand: a server's frames are not masked. */
export const firstMessages = (url, options, count) =>
  new Promise((resolve, reject) => {
    const request = (url.startsWith('https') ? https : http).request(url, { ...options, headers: { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==', ...options.headers } });
    request.on('response', (reply) => reject(new Error(`no WebSocket: ${reply.statusCode}`)));
    request.on('error', reject);
    request.on('upgrade', (reply, socket, head) => {
      let text = '';
      const take = (chunk) => {
        text += chunk.toString('latin1');
        const messages = text.split('\x81').slice(1);
        if (messages.length < count) return;
        socket.destroy();
        resolve(messages);
      };
      socket.on('data', take);
      if (head.length) take(head);
    });
    request.end();
  });

/** Reads an event stream until it has `count` events. */
export const firstEvents = (url, options, count) =>
  new Promise((resolve, reject) => {
    const request = (url.startsWith('https') ? https : http).get(url, options, (reply) => {
      if (reply.statusCode !== 200) return reject(new Error(`status ${reply.statusCode}`));
      let text = '';
      reply.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
        if (text.split('\nid: ').length <= count) return;
        request.destroy();
        resolve(text);
      });
    });
    request.on('error', (error) => error.code === 'ECONNRESET' || reject(error));
  });

const blocks = () => [...readFileSync(join(import.meta.dirname, '../../docs/deployment.md'), 'utf8').matchAll(/```nginx\n([\s\S]*?)```/g)].map((m) => m[1]);

/** The server block of docs/deployment.md; `below`: with what it says of a path, 'stripped' or 'passed'. */
function serverBlock(below) {
  const [whole, stripped, passed] = blocks();
  if (!below) return whole;
  const without = whole.replace(/ *proxy_set_header X-Forwarded-Prefix "";\n/, '').replace(/ *location \/ \{[^}]*\}\n/, '@\n');
  assert.ok(without.includes('@'));
  return without.replace('@', below === 'stripped' ? stripped : passed);
}

/** Gives the origin that pages have behind it: https, on a port that is not the default one. */
export async function startNginx(t, api, certificates, below) {
  const folder = folderOf(t);
  const block = serverBlock(below);
  // nginx cannot let the system choose its port: where another program was faster, it ends, and the next one is tried.
  for (let tries = 0; tries < 5; tries++) {
    const port = await freePort();
    const server = block
      .replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`)
      .replace(/ssl_certificate .*;/, `ssl_certificate ${certificates.cert};`)
      .replace(/ssl_certificate_key .*;/, `ssl_certificate_key ${certificates.key};`)
      .replaceAll('http://127.0.0.1:8002', api.origin);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n');
    writeFileSync(join(folder, 'nginx.conf'), `${process.getuid() === 0 ? 'user root;' : ''} daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;\nevents {}\nhttp {\naccess_log off;\n${temporary}\n${server}\n}\n`);
    const checked = spawnSync('nginx', ['-t', '-c', join(folder, 'nginx.conf')], { encoding: 'utf8' });
    if (checked.status !== 0 && checked.stderr.includes('Address already in use')) continue;
    assert.equal(checked.status, 0, checked.stderr);
    const child = spawn('nginx', ['-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
    t.after(async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    });
    const origin = `https://localhost:${port}`;
    while (child.exitCode === null) {
      const up = await get(`${origin}${below ? '/tiktok' : ''}/livez`, { ca: certificates.ca }).catch(() => null);
      if (up && up.status !== 502) return origin;
    }
  }
  throw new Error('nginx does not start');
}
