// A real nginx, haproxy or Caddy in front of the service, with the blocks of docs/deployment.md.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { get } from './clients.mjs';
import { freePort } from './free_port.mjs';

/** The text with `pattern` replaced. The document must have it: else a test would listen on the document's own port. */
function replaced(text, pattern, by) {
  assert.match(text, pattern);
  return text.replace(pattern, () => by);
}

/**
 * Of each proxy: `below`: the whole block with `part`, what the document says of a path; `configuration`: its file, with the
 * block as it stands but for port, certificate and the service's address; `command`: runs it in the foreground.
 * `idle`: the milliseconds of silence after which the proxy gives a connection up; Caddy has no such bound.
 */
const kinds = {
  nginx: {
    language: 'nginx',
    below: (whole, part) => replaced(replaced(whole, /^ *proxy_set_header X-Forwarded-Prefix .*\n/m, ''), /^ *location \/ \{[^}]*\}\n/m, part),
    configuration: (block, { folder, port, certificates, upstream, idle, locations }) => {
      let server = replaced(block, /listen 443 ssl;/, `listen 127.0.0.1:${port} ssl;`);
      server = replaced(server, /ssl_certificate .*;/, `ssl_certificate ${certificates.cert};`);
      server = replaced(server, /ssl_certificate_key .*;/, `ssl_certificate_key ${certificates.key};`);
      server = replaced(server, /http:\/\/127\.0\.0\.1:8002/, `http://${upstream}`);
      server = replaced(server, /\}\s*$/, `${locations}\n}\n`);
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n');
      const user = process.getuid() === 0 ? 'user root;' : '';
      return `${user} daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr;\nevents {}\nhttp {\naccess_log off;\nproxy_read_timeout ${idle}ms;\n${temporary}\n${server}\n}\n`;
    },
    command: (file) => ['nginx', '-e', 'stderr', '-c', file],
  },
  haproxy: {
    language: 'haproxy',
    below: (whole, part) => replaced(whole, /^ *http-request .* X-Forwarded-Prefix\n/m, part),
    configuration: (block, { folder, port, certificates, upstream, idle }) => {
      const both = join(folder, 'both.pem');
      writeFileSync(both, readFileSync(certificates.cert, 'utf8') + readFileSync(certificates.key, 'utf8'));
      let server = replaced(block, /bind :443 ssl crt .*/, `bind 127.0.0.1:${port} ssl crt ${both}`);
      server = replaced(server, /server api 127\.0\.0\.1:8002/, `server api ${upstream}`);
      for (const name of ['client', 'server', 'tunnel']) server = replaced(server, new RegExp(`timeout ${name} .*`), `timeout ${name} ${idle}ms`);
      return server;
    },
    command: (file) => ['haproxy', '-db', '-dW', '-f', file], // -dW: a warning ends it
  },
  caddy: {
    language: 'caddyfile',
    below: (whole, part) => replaced(whole, /^api\.example \{[^]*/m, part),
    configuration: (block, { folder, port, certificates, upstream }) => {
      const options = `{\nadmin off\nauto_https off\nstorage file_system ${folder}/storage\ndefault_bind 127.0.0.1\ngrace_period 1s\n`;
      const site = `https://localhost:${port} {\ntls ${certificates.cert} ${certificates.key}\n`;
      return replaced(replaced(replaced(block, /^\{\n/, options), /^api\.example \{\n/m, site), /127\.0\.0\.1:8002/, upstream);
    },
    command: (file) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', file],
  },
};

export const proxyKinds = Object.keys(kinds);

/** The blocks of docs/deployment.md: the whole one; `below` a path with what it says of one, 'stripped' or 'passed'. */
function blockOf({ language, below: put }, below) {
  const text = readFileSync(join(import.meta.dirname, '../../docs/deployment.md'), 'utf8');
  const blocks = [...text.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map((match) => match[1]);
  assert.equal(blocks.length, 3, `the blocks for ${language}`);
  const [whole, stripped, passed] = blocks;
  return below ? put(whole, below === 'stripped' ? stripped : passed) : whole;
}

/**
 * Gives the origin that pages have behind it: https, on a port that is not the default one. `output`: what the proxy wrote,
 * all of it after stop(). `locations`: further ones for nginx.
 * None of the three tells the port that the system chose: where another program was faster, it ends, and the next is tried.
 */
export async function startProxy(kind, t, api, certificates, { below, idle = 60_000, locations = '' } = {}) {
  const { configuration, command, ...rest } = kinds[kind];
  const block = blockOf(rest, below);
  const folder = mkdtempSync(join(tmpdir(), `${kind}-`));
  const file = join(folder, 'configuration');
  let child;
  let closed; // it has ended, and all that it wrote is read
  const stop = async () => {
    child?.kill('SIGTERM');
    await closed;
  };
  t.after(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });
  for (let tries = 0; tries < 5; tries++) {
    const port = await freePort();
    const text = configuration(block, { folder, port, certificates, upstream: new URL(api.origin).host, idle, locations });
    assert.doesNotMatch(text, /\b443\b|:8002|\/etc\//, 'all that is the document’s own was replaced');
    writeFileSync(file, text);
    const [program, ...args] = command(file);
    const own = { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
    child = spawn(program, args, { cwd: folder, env: { PATH: `${process.env.PATH}:/usr/sbin`, ...own }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (output += chunk));
    await once(child, 'spawn'); // or the program is not installed
    closed = once(child, 'close');
    const origin = `https://localhost:${port}`;
    while (child.exitCode === null && child.signalCode === null) {
      // Any answer will do: only this proxy has a key for our certificate.
      if (await get(`${origin}/livez`, { ca: certificates.ca }).catch(() => null)) return { origin, output: () => output, stop };
    }
    await closed;
    assert.match(output, /address already in use/i, `${kind} does not start`);
  }
  throw new Error(`${kind} found no free port`);
}
