// The application log: its lines, its level at run time, its file with folder and rotation, and the journal.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, fstatSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from './free_port.mjs';
import { ADMIN_KEY, tryLogin, withAccounts } from './people.mjs';
import { KEY, runApi, startApi } from './programs.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 120_000 };
const build = process.env.PAPI_BUILD_DIR ?? join(import.meta.dirname, '../../build/release');

function folderOf(t) {
  const folder = mkdtempSync(join(tmpdir(), 'logs-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function started(t, env, folder) {
  const api = await startApi(null, { ...withAccounts, ...env }, folder);
  t.after(() => api.stop());
  return api;
}

const linesOf = (api) => api.output().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
const requestsOf = (api) => linesOf(api).filter((line) => line.logger === 'profile_api.access');
const logged = (api, id) => until(`the line of ${id}`, () => requestsOf(api).find((line) => line.correlation_id === id));
const ask = (api, path, id, options = {}) => api.call(path, { ...options, headers: { 'X-Correlation-ID': id, ...options.headers } });
const setLevel = (api, body, options = {}) => api.call('/monitoring/log-level', { method: 'POST', key: ADMIN_KEY, body, ...options });

test('lines have the members of the contract, with local time; a slow request is a warning', limit, async (t) => {
  const api = await started(t, { TZ: 'Asia/Kolkata', LOG_SLOW_REQUEST_THRESHOLD: '5' });
  await ask(api, '/profile/x', 'bad-name');
  const line = await logged(api, 'bad-name');
  assert.deepEqual(Object.keys(line), ['timestamp', 'time', 'level', 'logger', 'message', 'correlation_id', 'client_ip', 'method', 'path', 'endpoint', 'status_code', 'duration_ms', 'user_agent']);
  assert.equal(line.endpoint, '/profile/*');
  const inKolkata = new Date(Date.parse(line.timestamp) + 5.5 * 3_600_000).toISOString();
  assert.equal(line.time, inKolkata.slice(0, 19).replace('T', ' '));
  assert.match(api.output(), /"endpoint":"\/profile\/\*","status_code":400,"duration_ms":\d/, 'no space after a colon');
  const nowhere = await ask(api, '/nowhere', 'nowhere').then(() => logged(api, 'nowhere'));
  assert.equal(nowhere.endpoint, 'unmatched');
  await tryLogin(api, 'nobody', 'a wrong password', { 'X-Correlation-ID': 'slow' }); // the hash takes longer than 5 ms
  const slow = await logged(api, 'slow');
  assert.deepEqual([slow.level, slow.message, slow.endpoint], ['WARNING', 'Slow request', '/auth/login']);
  assert.ok(slow.duration_ms >= 5);
  assert.equal(requestsOf(api).filter((one) => one.correlation_id === 'slow').length, 1, 'one line, not two');
});

test('text lines begin with the local time', limit, async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'app.log');
  const port = await freePort();
  const settings = { PATH: process.env.PATH, API_KEY: KEY, HOST: '127.0.0.1', PORT: String(port), TZ: 'Asia/Kolkata', LOG_TO_FILE: 'true', LOG_FILE_PATH: file };
  const child = spawn(join(build, 'profile-api'), [], { cwd: folder, env: settings, stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  await until('the service is ready', () => existsSync(file) && readFileSync(file, 'utf8').includes('Service ready'));
  const [, text] = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) INFO profile_api: Service ready /m.exec(readFileSync(file, 'utf8'));
  const at = Date.parse(`${text.replace(' ', 'T')}+05:30`);
  assert.ok(Math.abs(Date.now() - at) < 60_000, text);
  child.kill('SIGTERM');
  await once(child, 'exit');
});

test('an admin changes the level for a time, and it comes back', limit, async (t) => {
  const api = await started(t, { LOG_LEVELS: 'http=ERROR' });
  const changed = await setLevel(api, { level: 'ERROR', component: 'access', duration_seconds: 1 });
  assert.equal(changed.status, 200);
  const { until: end, ...rest } = changed.json;
  assert.deepEqual(rest, { status: 'success', level: 'ERROR', component: 'access',
    levels: { all: 'INFO', access: 'ERROR', auth: 'INFO', database: 'INFO', http: 'ERROR', live: 'INFO', profiles: 'INFO', tester: 'INFO' } });
  assert.ok(Math.abs(Date.parse(end) - Date.now() - 1_000) < 30_000);
  await api.logged(/"message":"Log level changed","component":"access","level":"ERROR","seconds":1,/);
  await api.logged(/"message":"Log level is as configured again","component":"access","level":"INFO"/);
  await ask(api, '/livez', 'afterwards');
  await logged(api, 'afterwards');

  await setLevel(api, { level: 'WARNING', component: 'access', duration_seconds: 3600 });
  await ask(api, '/livez', 'unseen');
  assert.equal((await setLevel(api, { level: 'DEFAULT', component: 'access' })).json.level, 'INFO');
  await ask(api, '/livez', 'seen');
  await logged(api, 'seen');
  assert.equal(requestsOf(api).find((line) => line.correlation_id === 'unseen'), undefined);

  const all = (await setLevel(api, { level: 'DEBUG' })).json;
  assert.deepEqual([all.levels.all, all.levels.live, all.levels.http], ['DEBUG', 'DEBUG', 'ERROR'], 'LOG_LEVELS names http');
  const { alerts } = (await api.call('/monitoring/security/alerts?kind=setting_change', { key: ADMIN_KEY })).json;
  assert.ok(alerts.some((one) => one.subject === 'access' && one.reason === 'log level ERROR for 1 s' && one.endpoint === 'POST /monitoring/log-level'), JSON.stringify(alerts));
  const wrong = await setLevel(api, { level: 'LOUD', component: 'kitchen', duration_seconds: 0 });
  assert.deepEqual(wrong.json.details.errors.map((one) => one.field), ['level', 'component', 'duration_seconds']);
});

test('the command log-level calls a running service', limit, async (t) => {
  const api = await started(t, { BASE_PATH: '/quiz' });
  const run = (args, env = { ADMIN_API_KEY: ADMIN_KEY }) => runApi(['log-level', ...args], { cwd: '/', env });
  const here = { ADMIN_API_KEY: ADMIN_KEY, HOST: '127.0.0.1', PORT: String(api.port), BASE_PATH: '/quiz' };
  const done = run(['warning', '--component', 'access', '--seconds', '60'], here);
  assert.deepEqual([done.code, done.err], [0, '']);
  assert.match(done.out, /^The log level of access is WARNING until \d{4}-\d\d-\d\dT[\d:.]+Z\n$/);
  const url = `http://127.0.0.1:${api.port}/quiz/`;
  assert.deepEqual(run(['default', '--component', 'access', '--url', url], { PROFILE_API_KEY: ADMIN_KEY, ADMIN_API_KEY: 'another key of the command' }), { code: 0, out: 'The log level of access is INFO, as configured\n', err: '' });
  const refused = run(['INFO', '--url', url], { PROFILE_API_KEY: 'a wrong key of the command' });
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^profile-api log-level: http:\/\/127\.0\.0\.1:\d+\/quiz\/monitoring\/log-level answered 401: /);
  assert.match(run(['INFO', '--component', 'kitchen', '--url', url]).err, /answered 400: component: must be one of access, auth, /);
  assert.deepEqual(run(['INFO', '--url', url], {}), { code: 3, out: '', err: 'profile-api log-level: no key: set PROFILE_API_KEY to the key of an admin\n' });
  assert.equal(run(['INFO', '--url', 'ftp://x']).code, 3);
  assert.equal(run(['LOUD', '--url', url]).code, 2);
  assert.equal(run(['INFO', '--seconds', '86401', '--url', url]).code, 2);
  assert.equal(run(['INFO', '--url', `http://127.0.0.1:${await freePort()}`]).code, 1, 'nobody listens there');
});

test('a full log file is rotated, no line is lost, and old files go', limit, async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'app.log');
  for (const name of ['app.log.20260101-000000', 'app.log.20260102-000000', 'app.log.20260101.gz']) writeFileSync(join(folder, name), '');
  const api = await startApi(null, { LOG_TO_FILE: 'true', LOG_FILE_PATH: file, LOG_ROTATE_MB: '1', LOG_ROTATE_KEEP: '3' }, folder);
  const requests = 700;
  const agent = 'a'.repeat(4000);
  for (let i = 0; i < requests; i += 10) await Promise.all(Array.from({ length: 10 }, (_, k) => ask(api, '/livez', `r${i + k}`, { headers: { 'User-Agent': agent } })));
  await api.stop({ keep: true });
  const logs = readdirSync(folder).filter((name) => name.startsWith('app.log'));
  const rotated = logs.filter((name) => /^app\.log\.\d{8}-\d{6}(-\d+)?$/.test(name)).sort();
  assert.equal(rotated.length, 3, logs.join());
  assert.equal(rotated[0], 'app.log.20260102-000000', 'the oldest of four is deleted');
  assert.ok(logs.includes('app.log.20260101.gz'), 'a file of another program stays');
  const text = [...rotated, 'app.log'].map((name) => readFileSync(join(folder, name), 'utf8')).join('');
  const ids = new Set([...text.matchAll(/"correlation_id":"(r\d+)"/g)].map((match) => match[1]));
  assert.equal(ids.size, requests);
  assert.ok(text.split('\n').every((line) => line === '' || JSON.parse(line)), 'no line is cut');
  for (const name of rotated) assert.ok(statSync(join(folder, name)).size <= 1_048_576);
});

test('the folder of the log file is made where nobody else can exchange it', limit, async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'var/log/app.log');
  const api = await startApi(null, { LOG_TO_FILE: 'true', LOG_FILE_PATH: file }, folder);
  assert.equal(statSync(join(folder, 'var')).mode & 0o7777, 0o750);
  assert.equal(statSync(join(folder, 'var/log')).mode & 0o7777, 0o750);
  await api.stop({ keep: true });
  assert.match(readFileSync(file, 'utf8'), /"message":"Stopped"/);

  mkdirSync(join(folder, 'open'));
  chmodSync(join(folder, 'open'), 0o777);
  const env = { API_KEY: KEY, PORT: '0', HOST: '127.0.0.1', LOG_TO_FILE: 'true', LOG_FILE_PATH: join(folder, 'open/log/app.log') };
  const fault = `  LOG_FILE_PATH: the folder '${folder}/open/log' does not exist and is not made: everybody may change '${folder}/open'\n`;
  for (const [args, code] of [[['config', 'check'], 1], [[], 3]]) {
    const refused = runApi(args, { cwd: folder, env });
    assert.equal(refused.code, code);
    assert.ok(refused.err.includes(fault), refused.err);
  }
  assert.ok(!existsSync(join(folder, 'open/log')));
});

test('without a setting, a service that systemd or a container runtime started has no log file, one started by hand has', limit, async (t) => {
  const contained = existsSync('/.dockerenv') || existsSync('/run/.containerenv');
  for (const [env, has] of [[{ INVOCATION_ID: '0123456789abcdef' }, false], [{ container: 'podman' }, false], [{}, !contained]]) {
    const folder = folderOf(t);
    const api = await startApi(null, { LOG_TO_FILE: undefined, ...env }, folder);
    await api.stop({ keep: true });
    assert.equal(existsSync(join(folder, 'profile_api.log')), has, JSON.stringify(env));
  }
});

test('lines for the journal begin with their priority', limit, async (t) => {
  const folder = folderOf(t);
  const stream = openSync(join(folder, 'journal'), 'a');
  const { dev, ino } = fstatSync(stream, { bigint: true });
  const run = async (more) => {
    const settings = { API_KEY: KEY, HOST: '127.0.0.1', PORT: '0', JOURNAL_STREAM: `${dev}:${ino}`, ...more };
    const child = spawn(join(build, 'profile-api'), [], { cwd: folder, env: settings, stdio: ['ignore', stream, stream] });
    t.after(() => child.kill('SIGKILL'));
    return child;
  };
  const text = () => readFileSync(join(folder, 'journal'), 'utf8');
  const child = await run({});
  await until('the service is ready', () => text().includes('Service ready'));
  child.kill('SIGTERM');
  await once(child, 'exit');
  assert.match(text(), /^<6>\d{4}-\d\d-\d\d [\d:.]+ INFO profile_api: Service ready /m);
  assert.match(text(), /^<4>\d{4}-\d\d-\d\d [\d:.]+ WARNING profile_api: JWT_SECRET_KEY is not set/m);
  assert.ok(text().trimEnd().split('\n').every((line) => /^<[2-7]>\d{4}-/.test(line)), text());
  assert.ok(!existsSync(join(folder, 'profile_api.log')), 'the journal keeps the log');
  const wrong = await run({ PORT: '70000' });
  await once(wrong, 'exit');
  assert.match(text(), /\n<3>1 setting is wrong:\n<3> {2}PORT: must be /);
});
