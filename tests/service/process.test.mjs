// The service as a process: what its log, signals and start do to it and to the folder it stands in.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { databaseSettings, holdLock, onlySqlite } from './databases.mjs';
import { KEY, runApi, startApi, startSim } from './programs.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 120_000 };
const build = process.env.PAPI_BUILD_DIR ?? join(import.meta.dirname, '../../build/release');

function folderOf(t) {
  const folder = mkdtempSync(join(tmpdir(), 'process-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The service with pipes that nobody reads, unless `read`. */
function spawnApi(t, folder, env, { args = [], read = false } = {}) {
  const settings = { PATH: process.env.PATH, API_KEY: KEY, HOST: '127.0.0.1', PORT: '0', LOG_FORMAT: 'json', LOG_TO_FILE: 'false', RATE_LIMIT_ENABLED: 'false', ...databaseSettings(folder), ...env };
  const child = spawn(join(build, 'profile-api'), args, { cwd: folder, env: settings, stdio: ['pipe', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  if (read) for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (chunk) => (output += chunk));
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  return { child, ended, output: () => output };
}

const logOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const portIn = (log) => /"url":"http:\/\/[^"]*:(\d+)"/.exec(log)?.[1];
const count = (text, pattern) => [...text.matchAll(pattern)].length;

/** Makes the service log more than a pipe holds: one line for each request. */
async function logMuch(port, requests = 3000) {
  for (let i = 0; i < requests; i += 100)
    await Promise.all(Array.from({ length: 100 }, () => fetch(`http://127.0.0.1:${port}/nothing/${'x'.repeat(300)}`).then((r) => r.text())));
}

test('a standard output that nobody reads stalls neither the file log nor SIGTERM', limit, async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'log');
  const api = spawnApi(t, folder, { LOG_TO_FILE: 'true', LOG_FILE_PATH: file });
  const port = await until('the port in the log', () => portIn(logOf(file)));
  await logMuch(port);
  await until('3,000 lines of refused requests', () => count(logOf(file), /"status_code":404/g) === 3000);
  const began = Date.now();
  api.child.kill('SIGTERM');
  assert.deepEqual(await api.ended, { code: 0, signal: null });
  assert.ok(Date.now() - began < 5_000, `${Date.now() - began} ms`);
  assert.match(logOf(file), /"message":"Stopped"/);
});

test('a reader that is stopped, and one that has gone, stall nothing either', limit, async (t) => {
  for (const how of ['SIGSTOP', 'SIGKILL']) {
    const folder = folderOf(t);
    const file = join(folder, 'log');
    const settings = `PORT=0 HOST=127.0.0.1 LOG_FORMAT=json RATE_LIMIT_ENABLED=false LOG_TO_FILE=true LOG_FILE_PATH='${file}'`;
    // A shell's pipeline, as people write it.
    const script = `echo $$ >shell; { ${settings} '${join(build, 'profile-api')}' & echo $! >service; wait $!; echo $? >code; } | sleep 1000`;
    const shell = spawn('bash', ['-c', script], { cwd: folder, env: { ...process.env, ...databaseSettings(folder) }, detached: true, stdio: 'ignore' });
    t.after(() => { try { process.kill(-shell.pid, 'SIGKILL'); } catch { /* gone */ } });
    const port = await until('the port in the log', () => portIn(logOf(file)));
    const reader = await until('the reader of the pipe', () => /\d+/.exec(execFileSync('bash', ['-c', `pgrep -P ${shell.pid} -x sleep || true`], { encoding: 'utf8' }))?.[0]);
    process.kill(Number(reader), how);
    await logMuch(port);
    await until('3,000 lines of refused requests', () => count(logOf(file), /"status_code":404/g) === 3000);
    process.kill(Number(readFileSync(join(folder, 'service'), 'utf8')), 'SIGTERM');
    assert.equal((await until('the exit code', () => logOf(join(folder, 'code')))).trim(), '0', how);
    if (how === 'SIGKILL') assert.match(logOf(file).replace(/.*Request completed.*\n/g, ''), /"message":"Log lines dropped","sink":"stdout","lines":\d+,"write_errors":\d+,"reason":"Broken pipe"/);
  }
});

test('a second signal ends the process at once, also while nobody reads its output', limit, async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'log');
  const api = spawnApi(t, folder, { LOG_TO_FILE: 'true', LOG_FILE_PATH: file, SERVER_SHUTDOWN_TIMEOUT: '60', SERVER_REQUEST_TIMEOUT: '300' });
  const port = await until('the port in the log', () => portIn(logOf(file)));
  await logMuch(port);
  // A request whose body never comes keeps the shutdown waiting.
  const slow = connect(port, '127.0.0.1');
  t.after(() => slow.destroy());
  slow.on('error', () => {});
  slow.write('POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n{');
  await once(slow, 'data'); // it has been read
  api.child.kill('SIGTERM');
  await until('the line "Shutting down"', () => /"message":"Shutting down"/.test(logOf(file)));
  api.child.kill('SIGTERM');
  assert.deepEqual(await api.ended, { code: 1, signal: null });
});

test('a full disk loses log lines, is told on standard output and stops nothing', limit, async (t) => {
  const api = await startApi(null, { LOG_TO_FILE: 'true', LOG_FILE_PATH: '/dev/full' });
  t.after(() => api.stop());
  await api.logged(/"message":"Log lines dropped","sink":"file","lines":\d+,"write_errors":\d+,"reason":"No space left on device"/);
  assert.equal((await api.call('/healthcheck')).status, 200);
});

test('a failed start ends although nobody reads its standard error', limit, async (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, '.env'), Array.from({ length: 5_000 }, (_, i) => `${'Z'.repeat(40)}${i}`).join('\n'));
  const api = spawnApi(t, folder, {});
  assert.deepEqual(await api.ended, { code: 3, signal: null });
});

/** True when the process has set up what main begins with. A thread that waits for signals does not show them as blocked. */
function holdsSignals(child) {
  const [usr1, usr2] = [9n, 11n]; // bits of SIGUSR1 (10) and SIGUSR2 (12)
  const masks = readdirSync(`/proc/${child.pid}/task`).map((thread) => /^SigBlk:\s*([0-9a-f]+)/m.exec(logOf(`/proc/${child.pid}/task/${thread}/status`))?.[1] ?? '0');
  return masks.some((mask) => (BigInt(`0x${mask}`) >> usr1) & (BigInt(`0x${mask}`) >> usr2) & 1n);
}

test('SIGUSR1, SIGUSR2, SIGHUP and SIGPIPE end no start, and each is answered by a log line', limit, async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'log');
  const first = spawnApi(t, folder, {}, { read: true });
  await until('the port of the first service', () => portIn(first.output()));
  const second = spawnApi(t, folder, { LOG_TO_FILE: 'true', LOG_FILE_PATH: file });
  await until('the second service holds its signals', () => holdsSignals(second.child));
  const all = ['SIGUSR1', 'SIGUSR2', 'SIGHUP', 'SIGPIPE', 'SIGXFSZ'];
  for (const signal of all) second.child.kill(signal);
  await until('it waits for the owner and has reopened its log', () => /Waiting for the owner|The database is in use: waiting/.test(logOf(file)) && /"message":"Log file reopened","signal":"SIGUSR2"/.test(logOf(file)));
  await until('the line about SIGUSR1', () => /"message":"SIGUSR1 ignored: this version makes no backups"/.test(logOf(file)));
  first.child.kill('SIGTERM');
  await first.ended;
  await until('the port in the log', () => portIn(logOf(file)));
  for (const signal of all) second.child.kill(signal);
  await until('a second line about SIGUSR1', () => count(logOf(file), /"message":"SIGUSR1 ignored/g) === 2);
  assert.equal(second.child.exitCode, null);
  second.child.kill('SIGTERM');
  assert.deepEqual(await second.ended, { code: 0, signal: null });
});

test('the same signals end no command', limit, async (t) => {
  const folder = folderOf(t);
  const command = spawnApi(t, folder, {}, { args: ['users', 'create', 'ann', '--password-file', '-'], read: true });
  await until('the command holds its signals', () => holdsSignals(command.child));
  for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGPIPE']) command.child.kill(signal);
  command.child.stdin.end('a long and good password\n');
  assert.deepEqual(await command.ended, { code: 0, signal: null }, command.output());
});

test('SIGUSR2 opens the log file anew', limit, async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'log');
  const api = spawnApi(t, folder, { LOG_TO_FILE: 'true', LOG_FILE_PATH: file }, { read: true });
  await until('the port in the log', () => portIn(logOf(file)));
  renameSync(file, `${file}.1`);
  api.child.kill('SIGUSR2');
  await until('the line "Log file reopened"', () => logOf(file).includes('Log file reopened'));
  assert.doesNotMatch(logOf(`${file}.1`), /Log file reopened/);
  api.child.kill('SIGTERM');
  await api.ended;
  assert.match(logOf(file), /"message":"Stopped"/);
});

test('the ready line names address, database, version and resumed sessions; an IPv6 address stands in brackets', limit, async (t) => {
  const sim = await startSim('--user', 'host');
  t.after(() => sim.stop());
  const readyLine = (api) => JSON.parse(api.output().split('\n').find((line) => line.includes('"message":"Service ready"')));
  const first = await startApi(sim, { DATABASE_URL: 'sqlite:///./mine.db' });
  assert.equal(readyLine(first).resumed_sessions, 0);
  for (const id of ['a', 'b']) assert.equal((await first.connect(id, 'host')).status, 200);
  assert.equal((await first.call('/disconnect', { method: 'POST', body: { session_id: 'b' } })).status, 200);
  await first.stop({ keep: true });
  const second = await startApi(sim, { DATABASE_URL: 'sqlite:///./mine.db', HOST: '::1' }, first.folder);
  t.after(() => second.stop());
  const { url, address, database, version, resumed_sessions, ready_ms } = readyLine(second);
  assert.deepEqual({ url, address, database, resumed_sessions }, {
    url: `http://[::1]:${second.port}`, address: `[::1]:${second.port}`, database: 'sqlite:///./mine.db', resumed_sessions: 1 });
  assert.match(version, /^\d+\.\d+\.\d+/);
  assert.ok(ready_ms > 0);
  assert.equal((await second.call('/healthcheck')).json.version, version);
});

/** A program that holds a port. */
async function takenPort(t) {
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  return String(other.address().port);
}

test('a failed start leaves no file behind that was not there', onlySqlite(limit), async (t) => {
  const port = await takenPort(t);
  const folder = folderOf(t);
  const files = () => readdirSync(folder).sort();
  const start = (env) => runApi([], { cwd: folder, env: { HOST: '127.0.0.1', PORT: '0', ...env } });
  const rows = [[{ PORT: port }, 4, `port ${port} is in use by another program: end that one, or set another PORT`], [{ HOST: '192.0.2.1' }, 3, 'bind 192.0.2.1:0: Cannot assign'],
    [{ HOST: '2001:db8::1' }, 3, 'bind [2001:db8::1]:0: Cannot assign'], [{ HOST: 'localhost' }, 3, 'HOST: must be an IPv4 or IPv6 address']];
  for (const [env, code, why] of rows) {
    const done = start(env);
    assert.equal(done.code, code, done.err);
    assert.ok(done.err.includes(why), done.err);
    assert.deepEqual(files(), [], JSON.stringify(env));
  }
  // A database of before stays, with what belongs to it.
  const api = await startApi(null, {}, folder);
  await api.stop({ keep: true });
  const before = files();
  assert.deepEqual(before, ['profiles.db', 'profiles.db.identity', 'profiles.db.lock']);
  assert.equal(start({ PORT: port }).code, 4);
  assert.deepEqual(files(), before);
  rmSync(join(folder, 'profiles.db.lock'));
  assert.equal(start({ PORT: port }).code, 4);
  assert.deepEqual(files(), ['profiles.db', 'profiles.db.identity']);
  const again = await startApi(null, {}, folder);
  await again.stop({ keep: true });
});

test('config check tries what serve tries, and changes nothing', onlySqlite(limit), async (t) => {
  const port = await takenPort(t);
  const folder = folderOf(t);
  const files = () => readdirSync(folder).sort().map((name) => [name, readFileSync(join(folder, name)).toString('base64')]);
  const check = (env = {}) => runApi(['config', 'check'], { cwd: folder, env: { HOST: '127.0.0.1', PORT: '0', ...env } });
  const fault = (env, line) => assert.deepEqual(check(env), { code: 1, out: '', err: `1 setting is wrong:\n  ${line}\n` });
  const good = { code: 0, out: 'all settings are good\n', err: '' };
  assert.deepEqual(check(), good);
  fault({ PORT: port }, `PORT: port ${port} is in use by another program: end that one, or set another PORT`);
  fault({ HOST: '2001:db8::1' }, 'HOST, PORT: cannot listen on [2001:db8::1]:0: Cannot assign requested address');
  fault({ HOST: '[::1]' }, "HOST: must be an IPv4 or IPv6 address, without brackets or port (from environment, is '[::1]')");
  assert.deepEqual(files(), []);

  const pem = (name) => join(folder, name);
  for (const name of ['a', 'b']) {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', pem(`${name}.key`), '-out', pem(`${name}.crt`), '-days', '2', '-subj', '/CN=x'], { stdio: 'ignore' });
  }
  assert.deepEqual(check({ TLS_CERT_FILE: 'a.crt', TLS_KEY_FILE: 'a.key' }), good);
  fault({ TLS_CERT_FILE: 'a.crt', TLS_KEY_FILE: 'b.key' }, "TLS_CERT_FILE, TLS_KEY_FILE: 'b.key' holds no unencrypted private key in PEM that belongs to the certificate");

  const api = await startApi(null, {}, folder);
  const used = check();
  assert.equal(used.code, 1);
  assert.match(used.err, new RegExp(`DATABASE_URL: the database '.*profiles.db' is in use by process ${api.child.pid} on host`));
  await api.stop({ keep: true });
  const before = files();
  assert.deepEqual(check(), good);
  assert.deepEqual(check({ ENVIRONMENT: 'production', API_KEY: 'k'.repeat(32), JWT_SECRET_KEY: 'Ag7-zQ2mX9_wLr4Tb8Kd1Ns6Vy3Pj5Hc0Fe' }).code, 1, 'the development admin');
  assert.deepEqual(files(), before);

  const change = (sql) => {
    const database = new DatabaseSync(join(folder, 'profiles.db'));
    database.exec(sql);
    database.close();
  };
  change("INSERT INTO schema_migrations VALUES (1019, 'of_tomorrow', '', 0)");
  const newer = check();
  assert.equal(newer.code, 1);
  assert.match(newer.err, /DATABASE_URL: '.*': the database was written by a newer version of this program \(migration 1019, this one knows those up to \d+\): use that version/);
  assert.equal(runApi([], { cwd: folder, env: { HOST: '127.0.0.1', PORT: '0' } }).code, 5);
  change('DELETE FROM schema_migrations WHERE version = 1019');
  writeFileSync(join(folder, 'profiles.db'), 'this is no database, and it is longer than the header of one '.repeat(4));
  const damaged = files();
  const header = check();
  assert.equal(header.code, 1);
  assert.match(header.err, /DATABASE_URL: the file '.*profiles.db' is no SQLite database: its header is damaged/);
  assert.deepEqual(files(), damaged);
});

test('ids that no address leads to are refused, those of every route directly under /sessions among them', limit, async (t) => {
  const sim = await startSim('--user', 'host');
  const api = await startApi(sim);
  t.after(async () => { await api.stop(); await sim.stop(); });
  const routes = JSON.parse(api.run(['routes']).out);
  const under = (routes.routes ?? routes).map((route) => /^\/sessions\/([^/{]+)$/.exec(route.path)?.[1]).filter(Boolean);
  assert.ok(under.includes('cleanup'), JSON.stringify(under));
  for (const id of new Set(['.', '..', 'stream', 'cleanup', ...under])) {
    const { status, json } = await api.connect(id, 'host');
    assert.equal(status, 400, id);
    assert.equal(json.details.field, 'session_id');
    assert.ok(json.message.includes(`session_id: '${id}' is part of addresses of the service`), json.message);
  }
  for (const id of ['...', 'streams', 'Stream', '.a']) assert.equal((await api.connect(id, 'host')).status, 200, id);
  assert.equal((await api.call('/sessions')).json.total, 4);
});

/** What /readyz says: 200, or 503 with the reason. */
const readiness = async (api) => {
  const reply = await fetch(`${api.origin}/readyz`);
  return { status: reply.status, reason: (await reply.json()).reason };
};

test('readiness notices a database that another program holds locked, and answers in time', limit, async (t) => {
  const api = await startApi(null);
  t.after(() => api.stop());
  assert.equal((await readiness(api)).status, 200);
  const lock = await holdLock(api.folder);
  assert.ok(lock.held);
  const refused = await until('a 503 while the database is locked', async () => {
    const began = Date.now();
    const answer = await readiness(api);
    assert.ok(Date.now() - began < 3_000, `${Date.now() - began} ms`);
    return answer.status === 503 && answer;
  });
  assert.equal(refused.status, 503);
  assert.match(refused.reason, /a write to the database has not been committed for more than 2000 ms|the database does not take writes/);
  assert.equal((await fetch(`${api.origin}/livez`)).status, 200, 'a restart would not help');
  await lock.release();
  await until('readiness is good again', async () => (await readiness(api)).status === 200);
});

test('readiness notices a disk that is full', onlySqlite(limit), async (t) => {
  const api = await startApi(null);
  t.after(() => api.stop());
  assert.equal((await readiness(api)).status, 200);
  // Like a full disk: no file of the process may grow.
  const limitFiles = (bytes) => execFileSync('prlimit', ['--pid', String(api.child.pid), `--fsize=${bytes}:unlimited`]);
  limitFiles(1);
  const full = await until('a 503 while the disk is full', async () => {
    const answer = await readiness(api);
    return answer.status === 503 && answer;
  });
  assert.match(full.reason, /^the database does not take writes: the disk is full, the file is read-only/);
  assert.ok(!JSON.stringify(full).includes(api.folder), 'no path');
  limitFiles('unlimited');
  await until('readiness is good again', async () => (await readiness(api)).status === 200);
});
