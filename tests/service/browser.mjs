// A real chromium, and web servers whose pages hold the script of quiz_page.js.
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const html = `<!doctype html><meta charset="utf-8"><title>quiz</title><body><script>\n${readFileSync(join(import.meta.dirname, 'quiz_page.js'), 'utf8')}</script>`;

/** Names of the example domain are this machine; no other name is known, so no page reaches anything outside. */
const names = 'MAP *.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost';

/** One browser with an empty profile. Everything that it writes is in a folder that goes with it. */
export async function startBrowser(...more) {
  const folder = mkdtempSync(join(tmpdir(), 'chromium-'));
  const args = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', `--host-resolver-rules=${names}`, ...more];
  const [home, temporary] = ['home', 'tmp'].map((name) => (mkdirSync(join(folder, name)), join(folder, name)));
  const env = { PATH: process.env.PATH, HOME: home, TMPDIR: temporary, LANG: 'C.UTF-8' };
  const file = join(folder, 'quiz.html');
  writeFileSync(file, html);
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), { executablePath: '/usr/bin/chromium', headless: true, chromiumSandbox: false, ignoreHTTPSErrors: true, env, args });
  return {
    context,
    version: context.browser().version(),
    file: `file://${file}`,
    /** A new page, closed when test `t` ends. */
    open: async (t, url) => {
      const page = await context.newPage();
      t.after(() => page.close());
      await page.goto(url);
      return page;
    },
    close: async () => {
      await context.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A web server on loopback with `handle`, or with the page at every path. */
export async function startSite(handle = (request, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end(html)) {
  const server = http.createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  return {
    server,
    port,
    /** The origin of its pages under a name. */
    of: (host) => `http://${host}:${port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers pages of all origins and keeps the `Origin` of each request by its path. */
export async function startWitness() {
  const origins = {};
  const note = (request) => (origins[request.url.slice(1)] = request.headers.origin);
  const site = await startSite((request, response) => {
    note(request);
    const stream = request.url === '/stream';
    response.writeHead(200, { 'Access-Control-Allow-Origin': '*', 'Content-Type': stream ? 'text/event-stream' : 'text/plain' });
    response.end(stream ? 'event: connected\nid: 1\ndata: {}\n\n' : 'seen');
  });
  site.server.on('upgrade', (request, socket) => {
    note(request);
    socket.destroy();
  });
  return { ...site, origins };
}
