// The clients that others use: what they read is the database, whatever is cut, killed or begun anew.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { ApiError, CloseError, ProfileEngagementApi } from '../../clients/javascript/index.js';
import { isFinal } from '../../clients/javascript/src/close_codes.js';
import { cuttingProxy } from './cutting_proxy.mjs';
import { KEY, said, startApi, startSim, wholeLog } from './programs.mjs';
import { until } from './wait.mjs';

const top = join(import.meta.dirname, '../..');
const python = '/usr/bin/python3';
const limit = { timeout: 120_000 };
const pythonEnv = { PATH: process.env.PATH, PYTHONPATH: join(top, 'clients/python/src'), PROFILE_API_KEY: KEY, PYTHONDONTWRITEBYTECODE: '1' };
/** Runs a program to its end; `out` is all that it wrote. */
const run = (program, args, options = {}) =>
  new Promise((resolve) => {
    const child = spawn(program, args, { cwd: top, env: pythonEnv, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let out = '';
    for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (text) => (out += text));
    child.once('error', (error) => resolve({ code: -1, out: error.message })).once('close', (code) => resolve({ code, out }));
  });
const hasWebsockets = spawnSync(python, ['-c', 'import websockets']).status === 0;

// The compilers take their time beside the first test.
const checks = {
  unit: run(process.execPath, ['--test', 'clients/javascript/tests/live_events.test.mjs']),
  unitPython: run(python, ['-W', 'error::ResourceWarning', '-m', 'unittest', 'discover', '-s', 'clients/python/tests']),
  tsc: run('tests/service/node_modules/.bin/tsc', ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2023,dom', '--module', 'nodenext', 'clients/javascript/tests/uses.ts']),
  mypy: run(python, ['-m', 'mypy', '--cache-dir', '/dev/null', 'src', 'tests'], { cwd: join(top, 'clients/python') }),
};

let sim;
let api;
let proxy;
before(async () => {
  sim = await startSim('--user', 'host', '--user', 'other', '--seed', '21', '--rate', '800', '--count', '2000');
  api = await startApi(sim, { LIVE_CHECK_INTERVAL: '1' });
  proxy = await cuttingProxy();
  proxy.to(api.port);
});
const opened = [];
after(async () => {
  for (const reader of opened) reader.stop(); // also where a test failed
  proxy.close();
  await api.stop();
  await sim.stop();
});

const quick = { first: 20, cap: 200 };

/** Reads by the JavaScript client. `way`: loop, listeners or stream (what Node 18 does, which has no WebSocket). */
function scriptReader(origin, session, way, options = {}) {
  const client = new ProfileEngagementApi(origin, { key: KEY, WebSocket: way === 'stream' ? null : undefined });
  const live = client.live(session, { backOff: quick, ...options });
  const reader = { way: `JavaScript, ${way}`, events: [], notices: [], closed: undefined, live, stop: () => live.close() };
  opened.push(reader);
  for (const notice of ['gap', 'epoch']) live.on(notice, (value) => reader.notices.push({ notice, ...value }));
  live.on('closed', ({ code, error }) => (reader.closed = code, reader.error = error));
  if (way === 'listeners') live.on('event', (event) => reader.events.push(event));
  else
    (async () => {
      for await (const event of live) reader.events.push(event);
    })().catch((error) => (reader.thrown = error));
  return reader;
}

/** Reads by the Python client in a process of its own. */
function pythonReader(origin, session, way, options = {}) {
  const child = spawn(python, [join(import.meta.dirname, 'client_reader.py'), origin, session, way, JSON.stringify(options)], { env: pythonEnv, stdio: ['pipe', 'pipe', 'pipe'] });
  const reader = { way: `Python, ${way}`, events: [], notices: [], closed: undefined, errors: '', stop: () => child.stdin.end() };
  opened.push(reader);
  child.stderr.on('data', (text) => (reader.errors += text));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const value = JSON.parse(line);
    if (value.notice) reader.notices.push(value);
    else if (value.closed) reader.closed = value.closed;
    else reader.events.push(value);
  });
  reader.ended = new Promise((resolve) => child.once('close', resolve));
  return reader;
}
const pythonWays = ['sync', 'stream', ...(hasWebsockets ? ['websocket'] : [])];
const allReaders = (...where) => [...['loop', 'listeners', 'stream'].map((way) => scriptReader(...where.slice(0, 2), way, where[2])), ...pythonWays.map((way) => pythonReader(...where.slice(0, 2), way, where[3]))];

test('every client reads 2,000 events exactly once and in order, through cuts and a SIGKILL of the service', limit, async () => {
  await sim.fault('host', 'offline');
  await api.connect('s', 'host', { wait_until_live: true });
  const readers = allReaders(proxy.origin, 's', { from: 'earliest' }, { start: 'earliest' });
  const reach = (count) => until(`${count} events`, () => readers.every((reader) => reader.events.length >= count), { every: 5 });
  await reach(1);
  await sim.fault('host', 'clear');
  let cuts = 0;
  for (const count of [200, 500, 800]) {
    await reach(count);
    cuts += proxy.cut();
  }
  await reach(1000);
  api.child.kill('SIGKILL');
  api = await startApi(sim, { LIVE_CHECK_INTERVAL: '1' }, api.folder);
  proxy.to(api.port);
  for (const count of [1300, 1600]) {
    await reach(count);
    cuts += proxy.cut();
  }
  const truth = await until('the end of the room', async () => {
    const now = await sim.truth('host');
    return now.done && said(await wholeLog(api, 's')).filter((e) => !e.inferred).length >= now.total && now;
  });
  const log = await wholeLog(api, 's');
  await reach(log.length);
  for (const reader of readers) {
    assert.equal(reader.errors ?? '', '', reader.way);
    assert.deepEqual(reader.events.slice(0, log.length), log, reader.way);
    assert.deepEqual(reader.notices.filter(({ notice }) => notice !== 'gap'), [], reader.way);
    reader.stop();
  }
  assert.ok(truth.total >= 2000 && cuts >= 2 * readers.length, `${truth.total} events, ${cuts} cuts`);
  await Promise.all(readers.map((reader) => reader.ended));
});

test('filters reach the service, and the position survives them', limit, async () => {
  const log = await wholeLog(api, 's');
  const wanted = (types) => log.filter((event) => types.includes(event.type));
  const gifts = wanted(['gift', 'share']);
  const readers = allReaders(proxy.origin, 's', { from: 'earliest', types: ['gift', 'share'] }, { start: 'earliest', types: ['gift', 'share'] });
  await until('all gifts', () => readers.every((reader) => reader.events.length >= gifts.length));
  for (const reader of readers) assert.deepEqual(reader.events, gifts, reader.way), reader.stop();
  const last = { offset: gifts.at(-2).offset, epoch: gifts.at(-2).epoch };
  const one = scriptReader(proxy.origin, 's', 'loop', { from: last, types: ['gift', 'share'] });
  await until('the last gift', () => one.events.length === 1);
  assert.deepEqual(one.events, gifts.slice(-1));
  one.stop();
});

test('a session that is deleted and made anew is read on from its beginning, and both say so', limit, async () => {
  await sim.rate('other', 100); // so that it speaks for 20 seconds
  await api.connect('again', 'other');
  const readers = allReaders(proxy.origin, 'again', { from: 'earliest', afterLoss: 'earliest', waitForSession: true }, { start: 'earliest', after_loss: 'earliest', wait_for_session: true });
  await until('events of the first log', () => readers.every((reader) => reader.events.length >= 50));
  const epoch = readers[0].events[0].epoch;
  await api.call('/sessions/again', { method: 'DELETE' });
  await api.connect('again', 'other');
  const ofSecond = (reader) => reader.events.filter((event) => event.epoch !== epoch);
  await until('events of the second log', () => readers.every((reader) => ofSecond(reader).length >= 50));
  const log = await wholeLog(api, 'again');
  for (const reader of readers) {
    assert.deepEqual(ofSecond(reader).slice(0, 50), log.slice(0, 50), reader.way);
    assert.deepEqual(reader.notices.map(({ notice }) => notice).filter((notice) => !/^(epoch|NewEpoch|gap|HistoryGap)$/.test(notice)), []);
    assert.equal(reader.notices.filter(({ notice }) => /^(epoch|NewEpoch)$/.test(notice)).length, 1, reader.way);
    reader.stop();
  }
  await api.call('/sessions/again', { method: 'DELETE' });
});

test('refusals end it with their code', limit, async () => {
  const readers = allReaders(proxy.origin, 'unknown', {}, {});
  await until('the ends', () => readers.every((reader) => reader.closed));
  assert.deepEqual(readers.map(({ closed }) => closed), readers.map(() => 4004));
  for (const reader of readers) if (reader.thrown) assert.ok(reader.thrown instanceof CloseError), reader.stop();
  for (const WebSocket of [undefined, null]) {
    const stranger = new ProfileEngagementApi(proxy.origin, { key: 'pk_wrong', WebSocket });
    const live = stranger.live('s', { backOff: quick });
    await assert.rejects(live[Symbol.asyncIterator]().next(), { name: 'CloseError', code: 4001 });
  }
  const tickets = new ProfileEngagementApi(proxy.origin, { ticket: async () => (await client().ticket('s')).ticket });
  for await (const event of tickets.live('s', { from: 'earliest' })) {
    assert.equal(event.offset, 1);
    break;
  }
});

const client = () => new ProfileEngagementApi(api.origin, { key: KEY });
test('the helpers for requests give what the routes answer', limit, async () => {
  const c = client();
  const log = await wholeLog(api, 's');
  const kept = [];
  for await (const event of c.events('s', { limit: 300 })) kept.push(event);
  assert.deepEqual(kept.slice(0, log.length), log);
  assert.deepEqual((await c.session('s')).epoch, log[0].epoch);
  assert.ok((await c.sessions()).some(({ session_id }) => session_id === 's'));
  assert.deepEqual((await c.stats('s')).by_type.gift, log.filter(({ type }) => type === 'gift').length);
  assert.equal((await c.leaderboard('s', { by: 'comments', limit: 2 })).length, 2);
  assert.ok((await c.timeline('s', { bucket: 60 })).buckets.length > 0);
  assert.equal((await c.gifts()).length, 13);
  assert.equal((await c.profile('@host')).username, 'host');
  assert.match(c.pictureUrl(log.find(({ user }) => user).user), /^http:\/\/127.0.0.1:\d+\/pictures\/\w/);
  assert.equal((await c.connect('t', '@other', { waitUntilLive: true })).state, 'connected');
  assert.equal((await c.disconnect('t')).status, 'success');
  assert.equal((await c.disconnect('none')).status, 'warning');
  assert.equal((await c.deleteSession('t')).cleaned_sessions, 1);
  await assert.rejects(c.session('t'), (error) => error instanceof ApiError && error.status === 404 && error.code === 'NOT_FOUND');
  await assert.rejects(c.leaderboard('s', { by: 'taps' }), { status: 400, code: 'VALIDATION_ERROR' });
});

test('the libraries keep their own rules, and their types hold', limit, async (t) => {
  for (const [name, check] of Object.entries(checks)) {
    const { code, out } = await check;
    if (name === 'mypy' && /No module named mypy/.test(out)) t.diagnostic('mypy is not installed: python3-mypy');
    else assert.equal(code, 0, `${name}: ${out}`);
  }
});

test('the types of events are those of api/events', limit, async () => {
  const { code, out } = await run(process.execPath, ['clients/generate.mjs', '--check']);
  assert.equal(code, 0, out);
});

test('both clients do about a close code what docs/api.md says', limit, async () => {
  const table = readFileSync(join(top, 'docs/api.md'), 'utf8').split('## Close codes')[1].split('\n## ')[0];
  const rows = [...table.matchAll(/^\| ([\d, ]+) \|[^|]*\| ([^|]*) \|$/gm)].flatMap(([, codes, action]) => codes.split(', ').map((code) => [Number(code), !action.startsWith('Connect again')]));
  assert.equal(rows.length, 13);
  assert.deepEqual(rows.map(([code]) => [code, isFinal(code)]), rows);
  const { out } = await run(python, ['-c', `from profile_engagement_api.errors import FINAL; import json; print(json.dumps([c in FINAL for c in ${JSON.stringify(rows.map(([code]) => code))}]))`]);
  assert.deepEqual(JSON.parse(out), rows.map(([, final]) => final));
});

test('the packages hold what they should, under the licence and version of the project', limit, async (t) => {
  const read = (path) => readFileSync(join(top, path), 'utf8');
  const version = /project\(profile-api VERSION ([\d.]+)/.exec(read('CMakeLists.txt'))[1];
  const manifest = JSON.parse(read('clients/javascript/package.json'));
  const pyproject = read('clients/python/pyproject.toml');
  assert.deepEqual([manifest.version, manifest.license, manifest.dependencies], [version, 'Apache-2.0', undefined]);
  assert.ok(pyproject.includes(`\nversion = "${version}"\n`) && pyproject.includes('license = { text = "Apache-2.0" }'));
  for (const folder of ['javascript', 'python']) assert.equal(read(`clients/${folder}/LICENSE`), read('LICENSE'));
  const pack = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: join(top, 'clients/javascript'), env: { ...process.env, npm_config_loglevel: 'silent' } });
  const source = readdirSync(join(top, 'clients/javascript/src')).map((file) => `src/${file}`);
  const packed = JSON.parse(pack.out);
  const [{ files }] = Array.isArray(packed) ? packed : Object.values(packed);
  assert.deepEqual(files.map(({ path }) => path).sort(), ['LICENSE', 'README.md', 'events.d.ts', 'index.d.ts', 'index.js', 'package.json', ...source].sort());

  const folder = mkdtempSync(join(tmpdir(), 'python-client-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(top, 'clients/python'), folder, { recursive: true });
  const built = await run(python, ['-m', 'build', '--no-isolation', '--wheel'], { cwd: folder });
  if (/No module named build/.test(built.out)) return t.diagnostic('the wheel was not built: python3-build is not installed');
  assert.equal(built.code, 0, built.out);
  const listing = await run(python, ['-m', 'zipfile', '-l', join(folder, 'dist', `profile_engagement_api-${version}-py3-none-any.whl`)]);
  for (const file of ['py.typed', 'events.py', 'aio.py']) assert.match(listing.out, new RegExp(`profile_engagement_api/${file.replace('.', '\\.')}`));
});
