// One process serves a database, and it knows when the database is not fit to be served.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { databaseSettings, onlySqlite, onSqlite, query } from './databases.mjs';
import { assertNoHoles, KEY, listen, startApi, startSim } from './programs.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 120_000 };
const sqlite = onlySqlite(limit);
const build = process.env.PAPI_BUILD_DIR ?? join(import.meta.dirname, '../../build/release');

function folderOf(t) {
  const folder = mkdtempSync(join(tmpdir(), 'owner-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts the service and gives how it ends, or `ready`. `limits`: of prlimit. */
function serve(folder, env = {}, limits = []) {
  const settings = { PATH: process.env.PATH, API_KEY: KEY, HOST: '127.0.0.1', PORT: '0', LOG_FORMAT: 'json', LOG_TO_FILE: 'false', ...databaseSettings(folder), ...env };
  const command = [...(limits.length ? ['prlimit', ...limits] : []), join(build, 'profile-api')];
  const child = spawn(command[0], command.slice(1), { cwd: folder, env: settings, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let ready;
  const said = new Promise((resolve) => (ready = resolve));
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.on('data', (chunk) => {
      output += chunk;
      const found = /"url":"(http:[^"]+)"/.exec(output);
      if (found) ready(found[1]);
    });
  }
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  return { child, ended, ready: said, output: () => output, first: Promise.race([ended, said.then((origin) => ({ origin }))]) };
}

/** What a second owner logs. */
const isWaiting = /Waiting for the owner|The database is in use: waiting/;

test('a second serve waits for the owner to go, then ends with 4 and names process and host', limit, async (t) => {
  const folder = folderOf(t);
  const first = serve(folder);
  t.after(() => first.child.kill('SIGKILL'));
  await first.ready;
  const began = Date.now();
  const second = serve(folder);
  const { code } = await second.ended;
  const took = Date.now() - began;
  assert.equal(code, 4, second.output());
  // On PostgreSQL as long as a lease lasts at least.
  assert.ok(took >= (onSqlite ? 15_000 : 10_000) && took < 20_000, `${took} ms`);
  assert.match(second.output(), new RegExp(`is in use by '?process ${first.child.pid} on host ${hostname()}[^]*${onSqlite ? 'DATABASE_URL' : 'DB_SCHEMA'}`));
  assert.equal(first.child.exitCode, null);
});

test('a second serve starts when the first ends, and SIGTERM ends the wait', limit, async (t) => {
  const folder = folderOf(t);
  const first = serve(folder);
  await first.ready;
  const waiting = serve(folder);
  const stopped = serve(folder);
  await until('both wait for the owner', () => [waiting, stopped].every((p) => isWaiting.test(p.output())));
  stopped.child.kill('SIGTERM');
  assert.deepEqual(await stopped.ended, { code: 0, signal: null });
  first.child.kill('SIGTERM');
  assert.deepEqual(await first.ended, { code: 0, signal: null });
  await waiting.ready;
  waiting.child.kill('SIGTERM');
  assert.equal((await waiting.ended).code, 0);
});

test('two first starts at once in an empty folder: one serves, the other is told', limit, async (t) => {
  for (let round = 0; round < 3; round++) {
    const folder = folderOf(t);
    const both = [serve(folder), serve(folder)];
    const origin = await Promise.race(both.map((p) => p.ready));
    assert.equal((await fetch(`${origin}/readyz`)).status, 200);
    await until('one waits for the owner', () => both.some((p) => isWaiting.test(p.output())));
    const owner = both.find((p) => p.output().includes(origin));
    const other = both.find((p) => p !== owner);
    owner.child.kill('SIGKILL');
    await owner.ended;
    await other.ready; // a killed owner leaves the lock free
    other.child.kill('SIGTERM');
    assert.equal((await other.ended).code, 0);
    if (onSqlite) assert.equal(query(folder, 'PRAGMA integrity_check'), 'ok');
    assert.equal(query(folder, "SELECT count(*) FROM users WHERE username = 'admin'"), '1');
  }
});

test('a port in use ends with 4, a wrong setting with 3', limit, async (t) => {
  const folder = folderOf(t);
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const refused = serve(folder, { PORT: String(taken.address().port) });
  assert.equal((await refused.ended).code, 4, refused.output());
  assert.match(refused.output(), /port \d+ is in use/);
  const wrong = serve(folder, { PORT: 'x' });
  assert.equal((await wrong.ended).code, 3);
});

test('what is no database is refused with words and exit code 5, and not touched', sqlite, async (t) => {
  const folder = folderOf(t);
  const path = join(folder, 'profiles.db');
  const first = serve(folder);
  await first.ready;
  first.child.kill('SIGKILL');
  await first.ended;
  const whole = readFileSync(path);
  const wal = readFileSync(path + '-wal');
  assert.ok(wal.length > 0);
  const damaged = Buffer.from(whole);
  damaged.write('SQLITE', 0);
  for (const [name, bytes, words] of [['damaged header', damaged, /header is damaged/], ['cut short', whole.subarray(0, 99), /has 99 bytes/], ['empty', Buffer.alloc(0), /is empty, but its write-ahead log/]]) {
    writeFileSync(path, bytes);
    const refused = serve(folder);
    assert.equal((await refused.ended).code, 5, `${name}: ${refused.output()}`);
    assert.match(refused.output(), words, name);
    assert.match(refused.output(), /restore/, name);
    assert.deepEqual(readFileSync(path), bytes, name);
    assert.deepEqual(readFileSync(path + '-wal'), wal, name);
  }
  rmSync(path);
  const missing = serve(folder);
  assert.equal((await missing.ended).code, 5, missing.output());
  assert.match(missing.output(), /does not exist, but its write-ahead log/);
  assert.deepEqual(readFileSync(path + '-wal'), wal);
  writeFileSync(path, whole);
  const again = serve(folder);
  await again.ready; // nothing was lost
  again.child.kill('SIGTERM');
  assert.equal((await again.ended).code, 0);
});

test('a database that another program locks for 8 seconds at the start is waited for', onlySqlite(limit, 'about a lock on the whole SQLite file'), async (t) => {
  const folder = folderOf(t);
  const first = serve(folder);
  await first.ready;
  first.child.kill('SIGTERM');
  await first.ended;
  const operator = new DatabaseSync(join(folder, 'profiles.db'));
  operator.exec('BEGIN EXCLUSIVE');
  const began = Date.now();
  const waiting = serve(folder);
  const stopped = serve(folder);
  await until('the line about the lock', () => waiting.output().includes('is locked by another program') || stopped.output().includes('is locked by another program'));
  const [owner, queued] = waiting.output().includes('is locked') ? [waiting, stopped] : [stopped, waiting];
  queued.child.kill('SIGTERM');
  assert.equal((await queued.ended).code, 0);
  await new Promise((resolve) => setTimeout(resolve, 8_000 - (Date.now() - began)));
  operator.exec('COMMIT');
  operator.close();
  await owner.ready;
  assert.equal(owner.output().match(/is locked by another program/g).length, 1, 'one line');
  owner.child.kill('SIGTERM');
  assert.equal((await owner.ended).code, 0);
});

test('SIGTERM ends the wait for a locked database', onlySqlite(limit, 'about a lock on the whole SQLite file'), async (t) => {
  const folder = folderOf(t);
  const operator = new DatabaseSync(join(folder, 'profiles.db'));
  operator.exec('PRAGMA journal_mode=WAL; CREATE TABLE t(x); BEGIN EXCLUSIVE');
  const waiting = serve(folder);
  await until('the line about the lock', () => waiting.output().includes('is locked by another program'));
  const asked = Date.now();
  waiting.child.kill('SIGTERM');
  assert.deepEqual(await waiting.ended, { code: 0, signal: null });
  assert.ok(Date.now() - asked < 2_000);
  operator.close();
});

test('a database that is taken away while it is served is noticed, and nothing more is shown as kept', sqlite, async (t) => {
  const sim = await startSim('--user', 'host', '--seed', '5', '--rate', '200', '--count', '100000');
  t.after(() => sim.stop());
  const api = await startApi(sim, {});
  t.after(() => api.stop());
  assert.equal((await api.connect('s', 'host')).status, 200);
  const reader = await listen(api, '/ws/events/s');
  await reader.until((m) => m.length > 100);
  const ready = () => fetch(`${api.origin}/readyz`);
  assert.equal((await ready()).status, 200);
  for (const tail of ['', '-wal']) {
    renameSync(api.database + tail, api.database + '.moved');
    const moved = Date.now();
    const answer = await until('a 503 while the files are away', async () => ((await ready()).status === 503 ? ready() : null));
    assert.ok(Date.now() - moved < 5_000);
    assert.match((await answer.json()).reason, /database files/);
    // What was shown is in the moved file: it was committed before.
    const shown = reader.messages.at(-1).offset;
    renameSync(api.database + '.moved', api.database + tail);
    await until('readiness is good again', async () => (await ready()).status === 200);
    const database = new DatabaseSync(api.database, { readOnly: true });
    const { last } = database.prepare('SELECT max("offset") AS last FROM events').get();
    database.close();
    assert.ok(last >= shown, `${last} of ${shown}`);
    await reader.until((m) => m.at(-1).offset > last);
  }
  assertNoHoles(reader);
  assert.equal(api.output().match(/"message":"The database files were taken away/g).length, 2, 'one line each time');
  assert.equal(api.output().match(/"message":"The database files are in their place again/g).length, 2);
  reader.close();
});

test('a database that is replaced by a copy while it is served is not written any more', sqlite, async (t) => {
  const sim = await startSim('--user', 'host', '--seed', '5', '--rate', '200', '--count', '100000');
  t.after(() => sim.stop());
  const api = await startApi(sim, {});
  assert.equal((await api.connect('s', 'host')).status, 200);
  const reader = await listen(api, '/ws/events/s');
  await reader.until((m) => m.length > 50);
  const copy = api.database + '.copy';
  const operator = new DatabaseSync(api.database);
  operator.exec(`VACUUM INTO '${copy}'`);
  operator.close();
  renameSync(copy, api.database);
  await until('a 503 for a replaced database', async () => (await fetch(`${api.origin}/readyz`)).status === 503);
  const before = readFileSync(api.database);
  const made = await api.call('/auth/api-keys', { method: 'POST', body: { name: 'n' } });
  assert.ok(made.status >= 400, JSON.stringify(made.json));
  assert.equal(await api.stop({ keep: true }), 0);
  assert.deepEqual(readFileSync(api.database), before);
  rmSync(api.folder, { recursive: true, force: true });
});

test('a file that is written over the database while it is served, or that is cut, is noticed', sqlite, async (t) => {
  const sim = await startSim('--user', 'host', '--seed', '5', '--rate', '20', '--count', '100000');
  t.after(() => sim.stop());
  let api = await startApi(sim, {});
  t.after(() => rmSync(api.folder, { recursive: true, force: true }));
  assert.equal((await api.connect('s', 'host')).status, 200);
  await api.stop({ keep: true });
  const backup = readFileSync(api.database);
  const vacuum = () => {
    const operator = new DatabaseSync(api.database);
    operator.exec('PRAGMA busy_timeout=10000; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
    operator.close();
  };
  const ready = async () => (await fetch(`${api.origin}/readyz`)).status === 200;
  const damages = [
    () => writeFileSync(api.database, backup),
    () => truncateSync(api.database, 0),
    () => truncateSync(api.database, statSync(api.database).size - 4096),
  ];
  for (const damage of damages) {
    api = await startApi(sim, {}, api.folder);
    t.after(() => api.child.kill('SIGKILL'));
    await until('the session is connected', async () => (await api.call('/sessions/s')).json.state === 'connected');
    vacuum(); // what an operator may do is no damage
    await new Promise((resolve) => setTimeout(resolve, 2_500)); // it looks each second, and must find nothing
    assert.ok(await ready());
    const whole = readFileSync(api.database);
    const began = Date.now();
    damage();
    await until('readiness notices the damage', async () => !(await ready()));
    assert.ok(Date.now() - began < 5_000, `${Date.now() - began} ms`);
    await until('the line about another file', () => /another file was written over/.test(api.output())); // the log is written a moment later
    const made = await api.call('/auth/api-keys', { method: 'POST', body: { name: 'n' } });
    assert.ok(made.status >= 400, JSON.stringify(made.json));
    api.child.kill('SIGKILL');
    await once(api.child, 'exit');
    writeFileSync(api.database, whole);
    for (const tail of ['-wal', '-shm']) rmSync(api.database + tail, { force: true });
  }
});

test('clients that take every connection leave descriptors for the files of the service', limit, async (t) => {
  const folder = folderOf(t);
  const path = join(folder, 'profile_api.log');
  const service = serve(folder, { LOG_TO_FILE: 'true', WEB_CONCURRENCY: '2', RATE_LIMIT_ENABLED: 'false' }, ['--nofile=32:160']);
  t.after(() => service.child.kill('SIGKILL'));
  const origin = await service.ready;
  // 160 of the hard limit, less 64 and 4 for each thread; a quarter of the rest each for rooms and fetches.
  assert.match(service.output(), /"limit":160,"SERVER_MAX_CONNECTIONS":44,"LIVE_MAX_SESSIONS":22,"fetches":22/);
  const port = Number(new URL(origin).port);
  const body = JSON.stringify({ username: 'admin', password: 'Admin123!' });
  const request = `POST /auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const sockets = [];
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  for (let i = 0; i < 150; i++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    sockets.push(socket);
  }
  const opened = () => readFdCount(service.child.pid);
  await until('44 open descriptors', () => opened() >= 44);
  // The first of them still gets what needs the database, and the log file is made anew.
  renameSync(path, path + '.1');
  service.child.kill('SIGHUP');
  let reply = '';
  sockets[0].on('data', (chunk) => (reply += chunk));
  sockets[0].write(request);
  await until('the answer to the login', () => reply.includes('"access_token"'));
  await until('the new log file', () => existsSync(path) && statSync(path).size > 0);
  copyFileSync(path, path + '.2');
  assert.doesNotMatch(service.output(), /could not be synced|Database write failed|cannot be reloaded|Too many open files/);
});

const readFdCount = (pid) => Number(execFileSync('sh', ['-c', `ls /proc/${pid}/fd | wc -l`], { encoding: 'utf8' }));
