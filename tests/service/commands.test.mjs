// profile-api users, keys and tokens, and what a production service refuses to start with.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, rmdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { onlySqlite, query } from './databases.mjs';
import { runApi, startApi } from './programs.mjs';
import { ADMIN_KEY, PASSWORD, login, tryLogin, withAccounts } from './people.mjs';
import { noteSecret } from './secrets.mjs';
import { until } from './wait.mjs';

const STRONG = 'kX9-vQ2_mZ7.tR4+wL8=pN3/yB6~cD1!';

function folderOf(t) {
  const folder = mkdtempSync(join(tmpdir(), 'commands-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...args) => runApi(args, { cwd: folder });
  const given = (input, ...args) => runApi(args, { cwd: folder, input });
  return { folder, run, given };
}

test('users, keys and tokens are kept by commands, before the first start and beside a running service', async (t) => {
  const { folder, run, given } = folderOf(t);
  const made = given(PASSWORD + '\n', 'users', 'create', 'root.admin', '--role', 'admin', '--email', 'root@example.org', '--password-file', '-', '--json');
  assert.equal(made.code, 0, made.err);
  assert.equal(JSON.parse(made.out).role, 'admin');
  writeFileSync(join(folder, 'password'), PASSWORD + '\r\nand more\n');
  assert.equal(run('users', 'create', 'ann', '--password-file', 'password').code, 0);
  const key = run('keys', 'create', '--user', 'ann', '--name', 'overlay', '--permissions', 'read,connect', '--days', '30');
  assert.match(key.out, /^pk_[A-Za-z0-9_-]{43}\n$/, 'alone on its line');
  noteSecret(key.out.trim());

  const api = await startApi(null, withAccounts, folder);
  t.after(() => api.stop({ keep: true }));
  assert.equal((await tryLogin(api, 'admin', 'Admin123!')).status, 401, 'there was an admin already: no well-known one was made');
  const admin = await login(api, 'root.admin');
  const pair = await login(api, 'ann');
  const status = async (options) => (await api.call('/auth/me', options)).status;
  assert.equal(await status({ key: key.out.trim() }), 200);

  const [listed] = JSON.parse(run('keys', 'list', '--user', 'ann', '--json').out).keys;
  assert.deepEqual([listed.name, listed.permissions, listed.username], ['overlay', ['read', 'connect'], 'ann']);
  assert.match(run('users', 'list').out, /admin +active +root\.admin/);
  const rotated = run('keys', 'rotate', listed.id, '--overlap-hours', '1', '--json');
  const next = JSON.parse(rotated.out);
  noteSecret(next.api_key);
  assert.equal(await status({ key: next.api_key }), 200);
  assert.equal(await status({ key: key.out.trim() }), 200, 'the old one for an hour more');
  assert.deepEqual(next.permissions, ['read', 'connect']);
  const again = JSON.parse(run('keys', 'rotate', next.id, '--json').out);
  noteSecret(again.api_key);
  assert.equal(await status({ key: next.api_key }), 401);
  assert.equal(await status({ key: again.api_key }), 200);
  assert.equal(run('keys', 'revoke', again.id).code, 0);
  assert.equal(await status({ key: again.api_key }), 401);

  assert.match(run('tokens', 'revoke', 'ann').out, /1 logins of ann ended/);
  assert.equal(await status({ token: pair.access_token }), 401);
  assert.equal(run('tokens', 'clear-revoked').code, 0);
  assert.equal(await status({ token: pair.access_token }), 200);
  assert.equal(run('users', 'disable', 'ann').code, 0);
  assert.equal(await status({ token: pair.access_token }), 401);
  assert.equal(run('users', 'enable', 'ann').code, 0);
  assert.equal(given('another good sentence 42\n', 'users', 'set-password', 'ann', '--password-file', '-').code, 0);
  await login(api, 'ann', 'another good sentence 42');

  const record = (await api.call('/monitoring/security/alerts?kind=key_change', { token: admin.access_token })).json.alerts;
  assert.ok(record.some((r) => r.username === '(command line)' && r.endpoint === 'profile-api keys rotate' && r.subject === next.id));
});

test('commands refuse with a reason, change nothing then, and take no password as an argument', async (t) => {
  const { run, given } = folderOf(t);
  const refused = (done, reason) => {
    assert.notEqual(done.code, 0);
    assert.match(done.err, reason);
  };
  assert.equal(given(PASSWORD, 'users', 'create', 'root', '--role', 'admin', '--password-file', '-').code, 0);
  refused(run('users', 'create', 'ann'), /--password-file: needed without a terminal/);
  refused(run('users', 'create', 'ann', '--password', 'x'), /--password|not expected/);
  refused(given('password1\n', 'users', 'create', 'ann', '--password-file', '-'), /common password/);
  refused(given('short\n', 'users', 'create', 'ann', '--password-file', '-'), /8 to 128/);
  refused(given(PASSWORD, 'users', 'create', 'a b', '--password-file', '-'), /username: 3 to 50/);
  refused(given(PASSWORD, 'users', 'create', 'ROOT', '--password-file', '-'), /taken/);
  refused(given(PASSWORD, 'users', 'create', 'ann', '--role', 'king', '--password-file', '-'), /--role/);
  refused(given(PASSWORD, 'users', 'create', 'ann', '--email', 'x', '--password-file', '-'), /--email/);
  refused(run('users', 'create', 'ann', '--password-file', 'nowhere'), /cannot be read/);
  refused(run('users', 'disable', 'root'), /last active admin/);
  refused(run('users', 'disable', 'nobody'), /no user 'nobody'/);
  refused(run('keys', 'create', '--user', 'root', '--permissions', 'fly'), /--permissions/);
  refused(run('keys', 'create', '--user', 'nobody'), /no user/);
  refused(run('keys', 'rotate', 'k_none'), /no active key/);
  refused(run('keys', 'revoke', 'k_none'), /no active key/);
  refused(run('users'), /subcommand/i);
  assert.equal(given(PASSWORD, 'users', 'create', 'reader', '--role', 'readonly', '--password-file', '-').code, 0);
  refused(run('keys', 'create', '--user', 'reader', '--permissions', 'write'), /more than the user may/);
  assert.deepEqual(JSON.parse(run('users', 'list', '--json').out).users.map((u) => u.username), ['root', 'reader']);
  assert.deepEqual(JSON.parse(run('keys', 'list', '--json').out).keys, []);
  refused(runApi(['users', 'list'], { env: { DATABASE_URL: 'mysql://x' } }), /DATABASE_URL/);
});

test('commands know the users of the settings and keep to the number of keys, as the API does', (t) => {
  const { folder } = folderOf(t);
  const env = { API_KEY: 'key-of-the-settings-for-commands-0123456789', API_KEY_MAX_PER_USER: '2' };
  noteSecret(env.API_KEY);
  const run = (...args) => runApi(['keys', ...args], { cwd: folder, env });
  const key = (done) => {
    assert.equal(done.code, 0, done.err);
    const made = JSON.parse(done.out);
    noteSecret(made.api_key);
    return made;
  };
  const first = key(run('create', '--user', 'dev', '--permissions', 'read', '--json'));
  assert.equal(first.username, 'dev');
  const second = key(run('rotate', first.id, '--overlap-hours', '1', '--json'));
  assert.deepEqual([second.username, second.permissions], ['dev', ['read']]);
  for (const args of [['create', '--user', 'dev'], ['rotate', second.id, '--overlap-hours', '1']]) {
    const refused = run(...args);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /at most 2 active keys a user \(API_KEY_MAX_PER_USER\): revoke one first/);
  }
  const third = key(run('rotate', second.id, '--json'));
  const listed = JSON.parse(run('list', '--user', 'dev', '--json').out).keys;
  assert.deepEqual(listed.map((one) => [one.username, one.is_active]), [['dev', true], ['dev', false], ['dev', true]]);
  const without = runApi(['keys', 'rotate', third.id], { cwd: folder });
  assert.match(without.err, /the key's user is gone/);
});

test('what commands print obeys nobody: hidden characters are shown as numbers', async (t) => {
  const { folder, run, given } = folderOf(t);
  assert.equal(given(PASSWORD, 'users', 'create', 'ann', '--password-file', '-').code, 0);
  assert.match(run('keys', 'create', '--user', 'ann', '--name', 'a\u202eb').err, /--name: 1 to 100 bytes without control characters and without such as turn the direction of text/);
  noteSecret(run('keys', 'create', '--user', 'ann').out.trim());
  // A name of before such were refused.
  query(folder, "UPDATE api_keys SET name = 'a\u202eb\u009b2J\u2066'");
  const shown = String.raw`a\u202eb\u009b2J\u2066`;
  const outputs = [run('keys', 'list').out, run('keys', 'list', '--json').out, run('users', 'disable', 'a\u202eb\u009b2J\u2066').err,
    runApi(['config', 'check'], { cwd: folder, env: { LOG_FORMAT: 'a\u202eb\u009b2J\u2066' } }).err,
    runApi(['config'], { cwd: folder, env: { HOST: 'a\u202eb\u009b2J\u2066' } }).out];
  for (const output of outputs) {
    assert.ok(output.includes(shown), output);
    assert.doesNotMatch(output, /[\u0080-\u009f\u202a-\u202e\u2066-\u2069]/);
  }
  assert.equal(JSON.parse(outputs[1]).keys[0].name, 'a\u202eb\u009b2J\u2066', 'JSON means the same');
});

test('production refuses what is weak, all of it at once, with exit code 3', async (t) => {
  const { folder, run, given } = folderOf(t);
  const start = (env) => runApi([], { cwd: folder, env: { ENVIRONMENT: 'production', PORT: '0', HOST: '127.0.0.1', ...env } });
  const faults = (done) => done.err.trim().split('\n').slice(1).map((line) => line.trim().split(':')[0]).sort();
  const weak = start({ API_KEY: 'dev-api-key-12345', ADMIN_API_KEY: 'short', ADMIN_PASSWORD: 'Admin123!', JWT_SECRET_KEY_PREVIOUS: 'x', TLS_KEY_FILE: '/nowhere', TRUSTED_PROXIES: '10.0.0.0/99', CORS_ALLOW_ORIGINS: 'example.org', RATE_LIMIT_APl_REQUESTS: '1' });
  assert.equal(weak.code, 3);
  assert.deepEqual(faults(weak), ['ADMIN_API_KEY', 'ADMIN_PASSWORD', 'API_KEY', 'CORS_ALLOW_ORIGINS', 'JWT_SECRET_KEY', 'JWT_SECRET_KEY_PREVIOUS', 'RATE_LIMIT_APl_REQUESTS', 'TLS_CERT_FILE', 'TLS_KEY_FILE', 'TRUSTED_PROXIES']);
  for (const secret of ['dev-api-key-12345', 'short', 'Admin123!']) assert.equal(weak.err.includes(secret), false, secret);
  assert.equal(runApi(['config', 'check'], { cwd: folder, env: { ENVIRONMENT: 'production', API_KEY: 'weak' } }).code, 1);

  // A database that was begun in development has the admin whom everybody knows.
  const development = await startApi(null, {}, folder);
  await development.stop({ keep: true });
  const strong = { API_KEY: 'k'.repeat(32), JWT_SECRET_KEY: STRONG };
  const demo = start(strong);
  assert.equal(demo.code, 3);
  // Shut out it may stay; let in again it still has no password.
  const admins = given(PASSWORD, 'users', 'create', 'root', '--role', 'admin', '--password-file', '-');
  assert.equal(admins.code, 0);
  assert.equal(run('users', 'disable', 'admin').code, 0);
  const without = await startApi(null, { ...strong, ENVIRONMENT: 'production' }, folder);
  assert.equal(run('users', 'enable', 'admin').code, 0);
  const root = await login(without, 'root');
  await until('the admin is enabled', async () => (await without.call('/auth/users', { token: root.access_token })).json.users.find((u) => u.username === 'admin').is_active);
  assert.equal((await tryLogin(without, 'admin', 'Admin123!')).status, 401);
  await without.stop({ keep: true });
  assert.match(demo.err, /development admin 'admin' is in this database; give it another password/);
  assert.equal(given(PASSWORD, 'users', 'set-password', 'admin', '--password-file', '-').code, 0);
  const api = await startApi(null, { ...strong, ENVIRONMENT: 'production' }, folder);
  assert.equal((await api.call('/auth/register', { method: 'POST', key: null, body: {} })).status, 403, 'registration is closed');
  await login(api, 'admin');
  await api.stop({ keep: true });
});

test('production refuses a secret that can be guessed and proxies that are everybody, and warns of open doors', async (t) => {
  const { folder } = folderOf(t);
  const good = { ENVIRONMENT: 'production', API_KEY: 'k'.repeat(32), JWT_SECRET_KEY: STRONG, HOST: '127.0.0.1' };
  const check = (env) => runApi(['config', 'check'], { cwd: folder, env: { PORT: '0', ...good, ...env } });
  assert.deepEqual(check({}), { code: 0, out: 'all settings are good\n', err: '' });
  const rows = [
    [{ JWT_SECRET_KEY: 's'.repeat(32) }, /^  JWT_SECRET_KEY: has too few different characters; make one with/m],
    [{ JWT_SECRET_KEY: 'short but different 0123' }, /^  JWT_SECRET_KEY: at least 32 characters/m],
    [{ JWT_SECRET_KEY: 'your-secret-key-change-in-production' }, /^  JWT_SECRET_KEY: is an example/m],
    [{ JWT_SECRET_KEY_PREVIOUS: 'abcdefghijklmnopqrstuvwxyz0123456789' }, /^  JWT_SECRET_KEY_PREVIOUS: is a row of neighbours/m],
    [{ API_KEY: STRONG }, /^  JWT_SECRET_KEY: must not be the same as an API key/m],
    [{ ADMIN_API_KEY: STRONG }, /^  JWT_SECRET_KEY: must not be the same as an API key/m],
    [{ TRUSTED_PROXIES: '::/0' }, /^  TRUSTED_PROXIES: must not be everybody/m],
    [{ TRUSTED_PROXIES: '10.0.0.0/8, 0.0.0.0/0' }, /^  TRUSTED_PROXIES: must not be everybody/m],
  ];
  for (const [env, fault] of rows) {
    const done = check(env);
    assert.equal(done.code, 1, JSON.stringify(env));
    assert.match(done.err, /^1 setting is wrong:\n/, JSON.stringify(env));
    assert.match(done.err, fault);
    for (const value of Object.values(env)) if (value.length > 20) assert.equal(done.err.includes(value), false);
    assert.equal(check({ ...env, ENVIRONMENT: 'development' }).code, 0, 'a developer may');
  }
  const warnings = [
    [{ CORS_ALLOW_ORIGINS: '*' }, /^warning: CORS_ALLOW_ORIGINS: \* lets every web page call/],
    [{ HOST: '0.0.0.0' }, /^warning: HOST: plain HTTP on every address/],
    [{ HOST: '::' }, /^warning: HOST: plain HTTP on every address/],
  ];
  for (const [env, warning] of warnings) {
    const done = check(env);
    assert.equal(done.code, 0);
    assert.match(done.err, warning);
    assert.equal(done.err.trim().split('\n').length, 1, done.err);
  }
  assert.equal(check({ HOST: '0.0.0.0', TRUSTED_PROXIES: '10.0.0.1' }).err, '');
  // Addresses that this machine does not have.
  const nowhere = (host) => `1 setting is wrong:\n  HOST, PORT: cannot listen on ${host}:0: Cannot assign requested address\n`;
  assert.equal(check({ HOST: '192.0.2.7' }).err, nowhere('192.0.2.7'));
  const elsewhere = check({ HOST: '203.0.114.9' }).err;
  assert.match(elsewhere, /^warning: HOST: plain HTTP on a public address: set TLS_CERT_FILE/);
  assert.ok(elsewhere.endsWith(nowhere('203.0.114.9')), elsewhere);
  const api = await startApi(null, { ...good, CORS_ALLOW_ORIGINS: '*' }, folder);
  await api.logged(/"level":"WARNING".*"message":"Setting","warning":"CORS_ALLOW_ORIGINS: \* lets every web page call/);
  await api.stop({ keep: true });
});

test('names of settings: a misspelt one is a fault, another of ours a warning; a .env that cannot be read is a fault', async (t) => {
  const { folder } = folderOf(t);
  const check = (env = {}) => runApi(['config', 'check'], { cwd: folder, env: { PORT: '0', ...env } });
  const misspelt = check({ ENVIROMENT: 'production', ADMIN_PASSWRD: 'very-secret-word' });
  assert.equal(misspelt.code, 1);
  assert.equal(misspelt.err, '2 settings are wrong:\n  ADMIN_PASSWRD: unknown setting in the environment; did you mean ADMIN_PASSWORD?\n' +
    '  ENVIROMENT: unknown setting in the environment; did you mean ENVIRONMENT?\n');
  const usual = { HOME: '/', PGHOST: 'x', POST: 'x', LANG: 'C', TZ: 'UTC', USER: 'x', HOSTNAME: 'x', SHELL: '/bin/sh', PWD: '/', TERM: 'x', SSL_CERT_FILE: '/x',
    HTTP_PROXY: 'x', DATABASE: 'x', PORTS: 'x', LOG_SERVICE_HOST: '10.0.0.1', SERVER_PORT: 'tcp://10.0.0.1:80' };
  assert.deepEqual(check(usual), { code: 0, out: 'all settings are good\n', err: '' });
  const ours = check({ LOG_DIR: '/var/log', SERVER_NAME: 'x', CACHE_DEFAULT_TTL: '300' });
  assert.equal(ours.code, 0, ours.err);
  assert.deepEqual(ours.err.trim().split('\n').map((line) => line.split(':').slice(0, 2).join(':')), ['warning: CACHE_DEFAULT_TTL', 'warning: LOG_DIR', 'warning: SERVER_NAME']);

  writeFileSync(join(folder, '.env'), 'POSTGRES_USER=x\nLOG_LEVL=INFO\n');
  const file = check();
  assert.equal(file.code, 1);
  assert.match(file.err, /^warning: POSTGRES_USER: unknown setting in \.env; it has no effect\n1 setting is wrong:\n  LOG_LEVL: unknown setting in \.env; did you mean LOG_LEVEL\?\n$/);
  rmSync(join(folder, '.env'));
  const unreadable = '1 setting is wrong:\n  .env: is there and cannot be read; let the service\'s user read it, or remove it\n';
  mkdirSync(join(folder, '.env'));
  assert.deepEqual([check().code, check().err], [1, unreadable]);
  rmdirSync(join(folder, '.env'));
  symlinkSync('nowhere', join(folder, '.env'));
  assert.deepEqual([check().code, check().err], [1, unreadable]);
  assert.equal(runApi([], { cwd: folder }).code, 3);
  rmSync(join(folder, '.env'));
  writeFileSync(join(folder, '.env'), '');
  assert.equal(check().code, 0, 'an empty one is good');
});

test("a database's password is shown nowhere", async (t) => {
  const { folder } = folderOf(t);
  for (const url of ['postgresql://papi:pa55-w0rd-x@db:5432/x', 'mysql://u:pa55-w0rd-x@h', 'postgresql://h/db?password=pa55-w0rd-x']) {
    for (const args of [['config'], ['config', 'check'], ['users', 'list'], []]) {
      // A start waits for the server to come.
      const done = runApi(args, { cwd: folder, env: { DATABASE_URL: url }, timeout: 2_000 });
      assert.equal((done.out + done.err).includes('pa55-w0rd-x'), false, `${args}: ${done.out}${done.err}`);
    }
    assert.match(runApi(['config'], { cwd: folder, env: { DATABASE_URL: url } }).out, /^DATABASE_URL +[^\n]*\*\*\*/m);
  }
});

test('files that hold secrets are narrowed at the start, and the log says so', onlySqlite(), async (t) => {
  const { folder } = folderOf(t);
  const mode = (name) => (statSync(join(folder, name)).mode & 0o7777).toString(8);
  const first = await startApi(null, { LOG_TO_FILE: 'true' }, folder);
  assert.deepEqual(['profiles.db', 'profiles.db-wal', 'profiles.db.identity', 'profile_api.log'].map(mode), ['640', '640', '640', '640'], 'as they are made');
  await first.kill();
  for (const [name, wide] of [['profiles.db', 0o644], ['profiles.db-wal', 0o666], ['profiles.db-shm', 0o604], ['profiles.db.identity', 0o777], ['profile_api.log', 0o664]])
    chmodSync(join(folder, name), wide);
  const api = await startApi(null, { LOG_TO_FILE: 'true' }, folder);
  assert.deepEqual(['profiles.db', 'profiles.db-wal', 'profiles.db-shm', 'profiles.db.identity', 'profile_api.log'].map(mode), ['640', '640', '600', '640', '640']);
  for (const [name, was, is] of [['profiles.db', '0644', '0640'], ['profiles.db-wal', '0666', '0640'], ['profiles.db-shm', '0604', '0600'], ['profile_api.log', '0664', '0640']])
    await api.logged(new RegExp(`"message":"File mode narrowed","file":"[^"]*${name}","was":"${was}","is":"${is}"`));
  await api.stop({ keep: true });
  chmodSync(join(folder, 'profiles.db'), 0o600);
  const narrow = await startApi(null, {}, folder);
  assert.equal(mode('profiles.db'), '600', 'what is narrow stays so');
  assert.equal(narrow.output().includes('File mode narrowed'), false);
  await narrow.stop({ keep: true });
});

test('production gets its first admin from ADMIN_PASSWORD, once', async (t) => {
  const { folder } = folderOf(t);
  const settings = { ENVIRONMENT: 'production', API_KEY: 'k'.repeat(32), JWT_SECRET_KEY: STRONG, ADMIN_API_KEY: ADMIN_KEY };
  const first = await startApi(null, { ...settings, ADMIN_USERNAME: 'boss', ADMIN_PASSWORD: PASSWORD }, folder);
  assert.equal((await login(first, 'boss')).user.role, 'admin');
  assert.equal((await tryLogin(first, 'admin', 'Admin123!')).status, 401);
  await first.stop({ keep: true });
  const second = await startApi(null, { ...settings, ADMIN_USERNAME: 'boss', ADMIN_PASSWORD: 'quite another sentence' }, folder);
  await login(second, 'boss');
  assert.equal((await tryLogin(second, 'boss', 'quite another sentence')).status, 401, 'the setting resets no password');
  await second.stop({ keep: true });
});
