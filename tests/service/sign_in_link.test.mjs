// The address that a start with the page prints: it signs in once, and only a terminal gets it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { program, startApi } from './programs.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 60_000 };
const page = { TESTER_ENABLED: 'true', TESTER_PORT: '0' };

/** Starts the service on a terminal of its own: `script` of Debian's bsdutils gives it one. */
async function onTerminal(t, env) {
  const folder = mkdtempSync(join(tmpdir(), 'sign-in-link-'));
  const settings = { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', DATABASE_URL: `sqlite:///${folder}/profiles.db`, LOG_FORMAT: 'json', LOG_TO_FILE: 'false', ...env };
  const child = spawn('script', ['--quiet', '--flush', '--return', '--command', `exec ${program}`, '/dev/null'], { cwd: folder, env: settings, stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (bytes) => (text += bytes));
  const ended = once(child, 'exit');
  t.after(() => rmSync(folder, { recursive: true }));
  const stop = async () => {
    child.stdin.end('\u0003'); // Ctrl-C
    assert.equal((await ended)[0], 0);
    return text;
  };
  return { text: () => text, stop };
}
const signIn = (origin, code) => fetch(`${origin}/api/auth/login`, { method: 'POST', headers: { 'Content-Type': 'application/json', Origin: origin }, body: JSON.stringify({ code }) });

test('on a terminal the start prints an address that signs the admin in once', limit, async (t) => {
  const { text, stop } = await onTerminal(t, page);
  const [, origin, code] = await until('the address', () => /^Open (http:\/\/localhost:\d+)\/#code=(\S+) {2}\(signs in once, within 15 minutes\)\r?$/m.exec(text()));
  assert.ok(text().includes(`"page":"${origin}"`), 'it is where the page is');
  const first = await signIn(origin, code);
  assert.equal(first.status, 200);
  assert.equal((await first.json()).user.username, 'admin');
  assert.equal((await signIn(origin, code)).status, 401);
  await stop();
});

test('a log gets no code, and without the page there is none', limit, async (t) => {
  const api = await startApi(null, page);
  await api.logged(/Service ready/);
  assert.equal(await api.stop(), 0);
  assert.ok(!/#code=|signs in once/.test(api.output()), api.output());
  const production = { ...page, ENVIRONMENT: 'production', API_KEY: randomBytes(24).toString('hex'), JWT_SECRET_KEY: randomBytes(36).toString('base64'), ADMIN_PASSWORD: 'quiet-harbour-71' };
  for (const settings of [{}, production]) {
    const { text, stop } = await onTerminal(t, settings);
    await until('the start', () => /Service ready|cannot start|wrong/.test(text()));
    const all = await stop();
    assert.match(all, /Service ready/);
    assert.doesNotMatch(all, /#code=/);
  }
});
