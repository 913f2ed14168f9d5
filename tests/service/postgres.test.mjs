// The service on PostgreSQL: whose schema it is, what a start refuses, and what happens when the server is in trouble.
// Always on servers of its own, whatever PAPI_TEST_DATABASE says.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { ADMIN_KEY, login, makeUser, tryLogin, withAccounts } from './people.mjs';
import { PostgresServer, canLimitDisk } from './postgres_server.mjs';
import { SpeakingRoom, patience } from './postgres_room.mjs';
import { KEY, program, runApi, startApi } from './programs.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 120_000 };

let server;
before(async () => {
  server = await PostgresServer.start();
});
const on = (schema, more = {}) => ({ DATABASE_URL: server.url(), DB_SCHEMA: schema, ...more });
const { password } = PostgresServer;
const withoutPassword = (text) => assert.ok(!text.includes(password) && !text.includes(encodeURIComponent(password)), 'a password in the output');

/** Starts the service, which may end or serve. */
function startProgram(t, settings) {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const env = { PATH: process.env.PATH, API_KEY: KEY, HOST: '127.0.0.1', PORT: '0', LOG_FORMAT: 'json', LOG_TO_FILE: 'false', ...settings };
  const child = spawn(program, [], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  const began = Date.now();
  const ended = once(child, 'close').then(([code]) => {
    withoutPassword(out + err);
    return { code, out, err, ms: Date.now() - began };
  });
  const said = (pattern) => until(`the output says ${pattern}`, () => pattern.test(out), { seconds: 60 });
  return { child, ended, said };
}

/** Starts the service and waits for its end. */
const failedStart = (t, settings) => startProgram(t, settings).ended;

const tablesIn = (schema) => server.sql(`SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('${schema}') AND relkind IN ('r', 'p')`);

/** Rows of session `s` that are kept. */
const kept = (database, schema) => Number(database.sql('SELECT coalesce(max("offset"), 0) FROM events', { schema }));

// They wait more than they work.
describe('on PostgreSQL', { concurrency: true }, () => {
  test('an empty database gets its schema; a second process is told the owner; a killed owner is followed when its lease ends', limit, async (t) => {
    const first = await startApi(null, on('owned', { DB_POOL_SIZE: '3', DB_POOL_MAX_OVERFLOW: '4' }));
    const started = [first];
    t.after(() => started.forEach((api) => api.child.kill('SIGKILL')));
    t.after(() => rmSync(first.folder, { recursive: true, force: true }));
    assert.equal((await first.call('/readyz')).status, 200);
    assert.ok(Number(tablesIn('owned')) > 10);
    const metrics = await (await fetch(`${first.origin}/metrics`)).text();
    assert.match(metrics, /^profile_api_database_connections_limit 7$/m);
    assert.match(metrics, /^profile_api_database_connections\{state="in_use"\} \d+$/m);
    assert.match(metrics, /^profile_api_database_connection_wait_seconds_count [1-9]\d*$/m);
    const second = await failedStart(t, on('owned'));
    assert.equal(second.code, 4, second.err);
    for (const word of ['in use by', hostname(), String(first.child.pid), 'DB_SCHEMA']) assert.ok(second.err.includes(word), `${word} in ${second.err}`);
    assert.ok(second.ms > 10_000 && second.ms < 18_000 + 2_000 * patience, `${second.ms} ms`);
    assert.equal((await first.call('/readyz')).status, 200);

    await first.kill();
    const killed = Date.now();
    const third = await startApi(null, on('owned'), first.folder);
    started.push(third);
    const waited = Date.now() - killed;
    // It was renewed up to 3 seconds before.
    assert.ok(waited > 6_000 && waited < 12_000 + 1_000 * patience, `${waited} ms after the kill`);
    assert.match(third.output(), new RegExp(`is in use: waiting[^\\n]*process ${first.child.pid} on host ${hostname()}`));

    assert.equal(await third.stop({ keep: true }), 0);
    const stopped = Date.now();
    const fourth = await startApi(null, on('owned'), first.folder);
    started.push(fourth);
    assert.ok(Date.now() - stopped < 3_000 * patience, `${Date.now() - stopped} ms after an orderly stop`);
    assert.doesNotMatch(fourth.output(), /waiting/);
    assert.equal(await fourth.stop({ keep: true }), 0);
    for (const api of [first, third, fourth]) withoutPassword(api.output());
  });

  test('what a start cannot use is told in one message with its remedy', limit, async (t) => {
    server.sql('CREATE ROLE reader LOGIN PASSWORD \'reader-of-the-tests\'; GRANT CONNECT ON DATABASE papi_test TO reader', { database: 'postgres' });
    server.sql('CREATE SCHEMA of_others');
    const newer = await startApi(null, on('newer'));
    await newer.stop();
    server.sql("INSERT INTO schema_migrations SELECT version + 1000, 'of_tomorrow', sha256, applied_at FROM schema_migrations WHERE version = 1", { schema: 'newer' });
    const rows = [
      ['a wrong password', { DATABASE_URL: server.url({ password: 'wrong-password-of-the-tests' }) }, 3, /password authentication failed.*correct user and password in DATABASE_URL/],
      ['an unknown database', { DATABASE_URL: server.url({ database: 'nowhere' }) }, 3, /database "nowhere" does not exist.*create the database, or correct its name in DATABASE_URL/],
      ['a role that may make no schema', { DATABASE_URL: server.url({ user: 'reader', password: 'reader-of-the-tests' }), DB_SCHEMA: 'of_reader' }, 3, /permission denied for database papi_test.*GRANT CREATE ON DATABASE/],
      ['a schema in which the role may make nothing', on('of_others'), 3, /permission denied for schema of_others.*GRANT USAGE, CREATE ON SCHEMA/],
      ['a schema of a newer program', on('newer'), 5, /newer version of this program.*Start that version/],
      ['no name of a schema', on('a b'), 3, /DB_SCHEMA/],
    ];
    await Promise.all(rows.map(async ([name, settings, code, message]) => {
      const done = await failedStart(t, settings);
      assert.equal(done.code, code, `${name}: ${done.err}`);
      assert.match(done.err, message, name);
      assert.equal(done.err.trim().split('\n').length, code === 3 && settings.DB_SCHEMA === 'a b' ? 2 : 1, `${name}: ${done.err}`);
      const checked = runApi(['config', 'check'], { env: { HOST: '127.0.0.1', PORT: '0', ...settings } });
      assert.equal(checked.code, 1, `${name}: ${checked.out}`);
      withoutPassword(checked.out + checked.err);
      for (const secret of ['wrong-password', 'reader-of-the-tests']) assert.ok(!(done.out + done.err).includes(secret), name);
    }));
  });

  test('a server that is not there is waited for, with its address and the remedy in the log; SIGTERM ends the wait', limit, async (t) => {
    const own = await PostgresServer.start();
    await own.stop('fast');
    const settings = { DATABASE_URL: own.url(), DB_SCHEMA: 'late' };
    const isWaiting = new RegExp(`server is not there: waiting[^\\n]*127\\.0\\.0\\.1:${own.port}[^\\n]*start the server, or correct host and port in DATABASE_URL`);
    const stopped = startProgram(t, settings);
    await stopped.said(isWaiting);
    stopped.child.kill('SIGTERM');
    assert.equal((await stopped.ended).code, 0);
    const waiting = startProgram(t, settings);
    await waiting.said(isWaiting);
    await own.start();
    await waiting.said(/"message":"Service ready"/);
    waiting.child.kill('SIGTERM');
    const { code, out, err } = await waiting.ended;
    assert.equal(code, 0, err);
    assert.equal(out.match(isWaiting).length, 1, 'told once');
  });

  test('two schemas of one database and the tables of others do not touch each other', limit, async (t) => {
    // Tables of others, with our names and other columns.
    for (const name of ['sessions', 'events', 'leases', 'schema_migrations', 'users']) server.sql(`CREATE TABLE public.${name} (theirs text); INSERT INTO public.${name} VALUES ('kept')`);
    const before_ = server.dump('public');
    const apis = [];
    for (const schema of ['one', 'two']) {
      const api = await startApi(null, on(schema, withAccounts));
      t.after(() => api.stop());
      await makeUser(api, `user-of-${schema}`);
      apis.push(api);
    }
    for (const [i, mine, other] of [[0, 'one', 'two'], [1, 'two', 'one']]) {
      await login(apis[i], `user-of-${mine}`);
      assert.equal((await tryLogin(apis[i], `user-of-${other}`)).status, 401);
      const { users } = (await apis[i].call('/auth/users', { key: ADMIN_KEY })).json;
      assert.deepEqual(users.map((user) => user.username).filter((name) => name.startsWith('user-of')), [`user-of-${mine}`]);
    }
    assert.equal(server.dump('public'), before_);
    await apis[0].stop();
    server.sql('DROP SCHEMA one CASCADE');
    await login(apis[1], 'user-of-two');
    assert.equal((await apis[1].call('/readyz')).status, 200);
  });

  test('killed, and stopped for longer than the lease lasts: 503, nothing is shown that is not kept, every reader has all', limit, async (t) => {
    const own = await PostgresServer.start();
    const room = await SpeakingRoom.start(t, { DATABASE_URL: own.url(), DB_SCHEMA: 'troubled' });
    for (const [end, seconds] of [['kill', 1], ['stop', 11]]) {
      await room.more(150);
      await own[end]();
      await room.notReady();
      const shown = room.shown;
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000)); // how long the server is away is the point
      assert.equal((await room.readiness()).status, 503);
      assert.equal((await fetch(`${room.api.origin}/livez`)).status, 200, 'a restart would not help');
      assert.equal(room.shown, shown, `${end}: shown while nothing could be kept`);
      await own.start();
      assert.ok(kept(own, 'troubled') >= shown, end);
      await room.ready();
    }
    await room.more(50);
    await room.finish();
    withoutPassword(room.api.output());
  });

  test('connections that are cut in the middle of transactions lose and double nothing', limit, async (t) => {
    const own = await PostgresServer.start();
    const room = await SpeakingRoom.start(t, { DATABASE_URL: own.url(), DB_SCHEMA: 'cut' }, { rate: 200, count: 2500 });
    for (let i = 0; i < 12; i++) {
      await room.more(40 + i);
      // What was just read may be older than the last cut: then nobody has connected again yet.
      await until('connections to cut', () => own.cutConnections() > 0);
    }
    await room.finish();
  });

  test('a full disk: 503 with the reason, and all is kept when there is room again', limit, async (t) => {
    if (!canLimitDisk()) return t.skip('only root may mount a small disk');
    const own = await PostgresServer.start({ disk: '48m' });
    const room = await SpeakingRoom.start(t, { DATABASE_URL: own.url(), DB_SCHEMA: 'full' });
    await room.more(100);
    own.fillDisk();
    const reason = await room.notReady();
    assert.match(reason, /disk|no room/);
    const shown = room.shown;
    own.freeDisk();
    await room.ready();
    assert.ok(kept(own, 'full') >= shown);
    await room.finish();
  });
});
