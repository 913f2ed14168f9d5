// ./setup_and_run --demo looks after its two programs.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

// The script runs the release build.
const limit = { timeout: 60_000, skip: Boolean(process.env.PAPI_BUILD_DIR && !process.env.PAPI_BUILD_DIR.endsWith('/build/release')) };

async function listener(t) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return server;
}
async function freePort(t) {
  const server = await listener(t);
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function startDemo(t, env) {
  const folder = mkdtempSync(join(tmpdir(), 'demo-'));
  const demo = spawn(join(import.meta.dirname, '../../scripts/demo'), { env: { PATH: process.env.PATH, DEMO_FOLDER: folder, TESTER_PORT: '0', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => { demo.kill('SIGTERM'); rmSync(folder, { recursive: true, force: true }); });
  let said = '';
  let waiting = () => {};
  for (const pipe of [demo.stdout, demo.stderr]) pipe.on('data', (chunk) => { said += chunk; waiting(); });
  const ended = once(demo, 'close').then(([code]) => code);
  const ready = new Promise((resolve) => (waiting = () => said.includes('Paste this') && resolve()));
  const children = () => Object.fromEntries(readFileSync(`/proc/${demo.pid}/task/${demo.pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean)
    .flatMap((pid) => { try { return [[readFileSync(`/proc/${pid}/comm`, 'utf8').trim(), Number(pid)]]; } catch { return []; } })); // one may end meanwhile
  return { demo, ended, ready, children, said: () => said };
}

const isAlive = (pid) => { try { process.kill(pid, 0); return true; } catch { return false; } };

test('a taken port is named with the setting that changes it, and nothing is left running', limit, async (t) => {
  for (const setting of ['DEMO_SIM_PORT', 'PORT']) {
    const taken = (await listener(t)).address().port;
    const env = { PORT: String(await freePort(t)), DEMO_SIM_PORT: String(await freePort(t)), [setting]: String(taken) };
    const { ended, said } = startDemo(t, env);
    assert.equal(await ended, 1);
    const program = setting === 'PORT' ? 'profile-api' : 'webcast-sim';
    assert.equal(said(), `The demo cannot start ${program}: port ${taken} is in use by another program. Free it, or choose another one: ${setting}=… ./setup_and_run --demo\n`);
    for (const port of [env.PORT, env.DEMO_SIM_PORT].filter((p) => p !== String(taken)))
      await assert.rejects(fetch(`http://127.0.0.1:${port}/`), 'the other program has ended');
  }
});

test('comments are shown as they were written', () => {
  const comments = [['ann', 'hello'], ['민준 "jr"', '👋 "quotes" & <tags> \\ are \\"fine"'], ['さくら', 'C:\\new こ']];
  const lines = comments.map(([nickname, comment]) => JSON.stringify({ type: 'comment', comment, username: 'u', nickname, offset: 1 }));
  const events = comments.map(([nickname, comment]) => `data: ${JSON.stringify({ offset: 1, type: 'comment', user: { username: 'u', nickname }, comment, language: 'en' })}`);
  for (const input of [lines, events]) {
    const shown = spawnSync(join(import.meta.dirname, '../../scripts/show_comments'), { input: `${input.join('\n')}\n`, encoding: 'utf8' });
    assert.equal(shown.stdout, comments.map(([nickname, comment]) => `  ${nickname}: ${comment}\n`).join(''));
  }
});

test('the address of the page comes first if the service has one, then what people have written', limit, async (t) => {
  const port = await freePort(t);
  const { ended, ready, said } = startDemo(t, { PORT: String(port), DEMO_SIM_PORT: String(await freePort(t)) });
  await Promise.race([ready, ended.then((code) => assert.fail(`ended with ${code}: ${said()}`))]);
  const lines = said().split('\n');
  const title = lines.indexOf('First comments of the simulated quiz of @quizhost:');
  if (title > 0) {
    assert.match(lines[0], /^Open http:\/\/localhost:\d+(\/#code=\S+)?$/);
    assert.deepEqual(lines.slice(1, title), ['or sign in with dev-api-key-12345', '']);
  } else assert.equal(title, 0);
  const shown = lines.slice(title + 1, lines.indexOf('', title));
  assert.equal(shown.length, 8);
  const { events } = await (await fetch(`http://127.0.0.1:${port}/sessions/demo/events?types=comment&limit=100`, { headers: { 'X-API-Key': 'dev-api-key-12345' } })).json();
  const written = events.map((e) => `  ${e.user.nickname}: ${e.comment}`);
  const at = written.indexOf(shown[0]);
  assert.deepEqual(shown, written.slice(at, at + 8));
});

test('when a program ends, the demo says which and stops the other one', limit, async (t) => {
  for (const [victim, other] of [['webcast-sim', 'profile-api'], ['profile-api', 'webcast-sim']]) {
    const { ended, ready, children, said } = startDemo(t, { PORT: String(await freePort(t)), DEMO_SIM_PORT: String(await freePort(t)) });
    await Promise.race([ready, ended.then((code) => assert.fail(`ended with ${code}: ${said()}`))]);
    const pids = children();
    process.kill(pids[victim], 'SIGKILL');
    assert.equal(await ended, 1);
    assert.match(said(), new RegExp(`\\n${victim} has ended \\(exit code 137\\), so the demo ends. The last lines of .*/${victim}.log:`));
    assert.equal(isAlive(pids[other]), false);
  }
});
