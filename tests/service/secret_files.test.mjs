// Each secret setting also as NAME_FILE, with the program as it is run.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { KEY, runApi, startApi } from './programs.mjs';
import { ADMIN_KEY, JWT_SECRET, claimsOf, login, makeUser, signed } from './people.mjs';

function folderOf(t) {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return { folder, file: (name, text) => (writeFileSync(join(folder, name), text), join(folder, name)) };
}

/** Value and origin of one setting, as `profile-api config` shows them. */
function shown(config, name) {
  assert.equal(config.code, 0, config.err);
  const line = config.out.split('\n').find((l) => l.startsWith(`${name} `));
  const [, value, rest] = line.split(/\s{2,}/);
  return [value, /^file \S+ \(\S+\)/.exec(rest)?.[0] ?? rest];
}

const secrets = {
  API_KEY: 'a-key-of-callers-0123456789-0123456789',
  ADMIN_API_KEY: 'a-key-of-admins-0123456789-0123456789',
  ADMIN_PASSWORD: 'violet tram 7 in the rain',
  JWT_SECRET_KEY: 'mJ3v9Qw2Lr8Tz5Xc1Bn7Ks4Hd6Fg0PaYuIoE',
  JWT_SECRET_KEY_PREVIOUS: 'Zx9Cv8Bn7Ml6Kj5Hg4Fd3Sa2Qw1ErTyUiOpN',
  PROFILE_API_KEY: 'a-key-of-commands-0123456789-0123456789',
  TIKTOK_SIGN_API_KEY: 'a-key-of-the-sign-server',
  TIKTOK_PROXY: 'http://user:hunter2@127.0.0.1:3128',
  TIKTOK_SESSION_ID: '0123456789abcdef',
  DATABASE_URL: 'sqlite:///./other.db',
};

test('every secret setting comes from a file named in the environment, in .env or by a flag, and is shown masked with that origin', (t) => {
  const { folder, file } = folderOf(t);
  for (const [name, secret] of Object.entries(secrets)) {
    const path = file(name.toLowerCase(), `${secret}\n`);
    const value = name === 'DATABASE_URL' ? secret : '***';
    const flag = `--${name.toLowerCase().replaceAll('_', '-')}-file`;
    assert.deepEqual(shown(runApi(['config'], { cwd: folder, env: { [`${name}_FILE`]: path } }), name), [value, `file ${path} (environment)`]);
    assert.deepEqual(shown(runApi(['config', flag, path], { cwd: folder }), name), [value, `file ${path} (flag)`]);
    file('.env', `${name}_FILE=${path}\n`);
    const config = runApi(['config'], { cwd: folder });
    assert.deepEqual(shown(config, name), [value, `file ${path} (.env)`]);
    if (name !== 'DATABASE_URL') assert.equal(config.out.includes(secret), false);
    assert.deepEqual(runApi(['config', 'check'], { cwd: folder }).out, 'all settings are good\n', name);
    rmSync(join(folder, '.env'));
    // And is documented from the same table.
    assert.ok(runApi(['config', 'markdown']).out.includes(`| \`${name}\`, \`${name}_FILE\` |`), name);
  }
  // No setting that holds a secret was left out.
  const documented = [...runApi(['config', 'markdown']).out.matchAll(/`([A-Z_]+)`, `\1_FILE`/g)].map((m) => m[1]);
  assert.deepEqual(documented.sort(), Object.keys(secrets).sort());
});

test('what is wrong with such a file is a fault that names setting and path, and never what is in it', (t) => {
  const { folder, file } = folderOf(t);
  const good = file('good', `${secrets.JWT_SECRET_KEY}\n`);
  const rows = [
    [{ JWT_SECRET_KEY_FILE: '/no/such/file' }, "JWT_SECRET_KEY_FILE: '/no/such/file' cannot be read: No such file or directory (from environment)"],
    [{ JWT_SECRET_KEY_FILE: folder }, `JWT_SECRET_KEY_FILE: '${folder}' is no regular file (from environment)`],
    [{ JWT_SECRET_KEY_FILE: file('empty', '\n') }, `JWT_SECRET_KEY_FILE: '${join(folder, 'empty')}' is empty (from environment)`],
    [{ JWT_SECRET_KEY_FILE: file('large', 'x'.repeat(16_385)) }, `JWT_SECRET_KEY_FILE: '${join(folder, 'large')}' is too large: a secret has at most 16384 bytes (from environment)`],
    [{ JWT_SECRET_KEY_FILE: file('lines', 'hunter2\nhunter2\n') }, `JWT_SECRET_KEY_FILE: the content of '${join(folder, 'lines')}' must be one line (from environment)`],
    [{ JWT_SECRET_KEY_FILE: good, JWT_SECRET_KEY: 'hunter2' }, 'JWT_SECRET_KEY: given twice, here (from environment) and by JWT_SECRET_KEY_FILE (from environment); remove one'],
    [{ DATABASE_URL_FILE: file('url', 'mysql://u:hunter2@host/db') }, `DATABASE_URL_FILE: the content of '${join(folder, 'url')}' must be sqlite:///PATH or postgresql://… (from environment)`],
    [{ JWT_SECRET_KEY_FIL: good }, 'JWT_SECRET_KEY_FIL: unknown setting in the environment; did you mean JWT_SECRET_KEY_FILE?'],
  ];
  for (const [env, fault] of rows) {
    const check = runApi(['config', 'check'], { cwd: folder, env });
    assert.deepEqual([check.code, check.err], [1, `1 setting is wrong:\n  ${fault}\n`]);
    const start = runApi(['serve'], { cwd: folder, env });
    assert.deepEqual([start.code, start.err], [3, `1 setting is wrong:\n  ${fault}\n`]);
    assert.equal((check.err + start.err + check.out + start.out).includes('hunter2'), false);
  }
});

test('the service works with secrets that it has read from files', async (t) => {
  const { file } = folderOf(t);
  const api = await startApi(null, {
    API_KEY: undefined,
    API_KEY_FILE: file('api', `${KEY}\r\n`),
    ADMIN_API_KEY_FILE: file('admin', ADMIN_KEY),
    JWT_SECRET_KEY_FILE: file('jwt', `${JWT_SECRET}\n`),
  });
  t.after(() => api.stop());
  assert.equal((await api.call('/auth/me')).json.username, 'dev');
  await makeUser(api, 'ann');
  const { access_token } = await login(api, 'ann');
  assert.equal((await api.call('/auth/me', { token: signed(claimsOf(access_token)) })).json.username, 'ann', 'signed with the content of the file');
});
