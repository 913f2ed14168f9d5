// Tokens as an attacker makes them, with a foreign library (PyJWT), and the rotation of the keys that sign them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startApi } from './programs.mjs';
import { ADMIN_KEY, JWT_SECRET, claimsOf, login, makeUser, refresh, withAccounts } from './people.mjs';

function python(ask) {
  const done = spawnSync('/usr/bin/python3', [join(import.meta.dirname, 'forge_tokens.py')], { input: JSON.stringify(ask), encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  return JSON.parse(done.stdout);
}

const pair = (bits = 2048) => {
  const keys = generateKeyPairSync('rsa', { modulusLength: bits, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
  return { private: keys.privateKey, public: keys.publicKey };
};

async function forgeries(t, algorithm, keys, settings) {
  const api = await startApi(null, { ...withAccounts, ...settings });
  t.after(() => api.stop());
  await makeUser(api, 'ann');
  const admin = (await makeUser(api, 'eve', 'admin')).id;
  const { access_token } = await login(api, 'ann');
  const seen = python({ ...keys, algorithm, claims: {}, verify: access_token });
  assert.deepEqual(seen.header, { alg: algorithm, typ: 'JWT' });
  assert.deepEqual(Object.keys(seen.claims).sort(), ['exp', 'iat', 'jti', 'role', 'sub', 'type', 'username']);
  assert.deepEqual([seen.claims.username, seen.claims.role, seen.claims.type], ['ann', 'user', 'access']);
  assert.equal(seen.claims.exp - seen.claims.iat, 3600);

  const tokens = python({ ...keys, algorithm, admin, claims: claimsOf(access_token) });
  assert.ok(Object.keys(tokens).length > 30);
  for (const [name, token] of Object.entries(tokens)) {
    const header = token.replace(/\n/g, ''); // fetch refuses it; what is left is another forgery
    const reply = await api.call('/auth/me', { token: header });
    if (name === 'good') {
      assert.equal(reply.status, 200, name);
    } else if (name !== 'with a line end') {
      assert.deepEqual([reply.status, reply.json.error, reply.json.message], [401, 'AUTHENTICATION_FAILED', 'Invalid or expired token'], name);
    }
    const inQuery = await fetch(`${api.origin}/sessions/x/stream?token=${encodeURIComponent(token)}`);
    assert.equal(inQuery.status, name === 'good' ? 404 : name === 'too long' ? 414 : 401, `${name} in the query`);
  }
  // A role in a token is a word; the database says what its user may.
  const promoted = python({ ...keys, algorithm, admin, claims: { ...claimsOf(access_token), role: 'admin' } }).good;
  assert.equal((await api.call('/auth/users', { token: promoted })).status, 403);
  return api;
}

test('forged tokens of each kind are refused: HS256', (t) => forgeries(t, 'HS256', { signing: JWT_SECRET }, {}));

test('forged tokens of each kind are refused: RS256', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [mine, before, other] = [pair(), pair(), pair()];
  const file = (name, text) => (writeFileSync(join(folder, name), text), join(folder, name));
  const settings = { JWT_ALGORITHM: 'RS256', JWT_PRIVATE_KEY_FILE: file('a.pem', mine.private), JWT_PUBLIC_KEY_FILE: file('a.pub', mine.public) };
  const api = await forgeries(t, 'RS256', { signing: mine.private, public: mine.public, other_signing: other.private }, settings);

  // Rotation: tokens of the key before still work where its public half is named.
  const { access_token } = await login(api, 'ann');
  await api.stop({ keep: true });
  const rotated = { JWT_ALGORITHM: 'RS256', JWT_PRIVATE_KEY_FILE: file('b.pem', before.private), JWT_PUBLIC_KEY_FILE: file('b.pub', before.public) };
  for (const [more, status] of [[{}, 401], [{ JWT_PUBLIC_KEY_PREVIOUS_FILE: join(folder, 'a.pub') }, 200]]) {
    const next = await startApi(null, { ...withAccounts, ...rotated, ...more }, api.folder);
    assert.equal((await next.call('/auth/me', { token: access_token })).status, status);
    await next.stop({ keep: status === 401 });
  }
  for (const [name, wrong, why = /JWT_P/] of [
    ['weak', { JWT_PRIVATE_KEY_FILE: file('w.pem', pair(1024).private) }, /JWT_PRIVATE_KEY_FILE: the RSA key has 1024 bits; RS256 needs 2048 or more/],
    ['a weak one before', { JWT_PUBLIC_KEY_PREVIOUS_FILE: file('w.pub', pair(1024).public) }, /JWT_PUBLIC_KEY_PREVIOUS_FILE: the RSA key has 1024 bits/],
    ['a weak public one', { JWT_PUBLIC_KEY_FILE: join(folder, 'w.pub') }, /JWT_PUBLIC_KEY_FILE: the RSA key has 1024 bits/],
    ['the halves exchanged', { JWT_PRIVATE_KEY_FILE: join(folder, 'a.pub') }, /JWT_PRIVATE_KEY_FILE: holds no private RSA key/],
    ['of another pair', { JWT_PUBLIC_KEY_FILE: file('o.pub', other.public) }],
    ['none', { JWT_PUBLIC_KEY_FILE: file('none.pub', 'hello') }],
  ]) {
    await assert.rejects(startApi(null, { ...settings, ...wrong }), new RegExp(`ended with 3[\\s\\S]*${why.source}`), name);
  }
});

test('a new secret logs nobody out while the one before still verifies', async (t) => {
  const api = await startApi(null, withAccounts);
  await makeUser(api, 'ann');
  const old = await login(api, 'ann');
  await api.stop({ keep: true });
  const next = await startApi(null, { ...withAccounts, JWT_SECRET_KEY: 'the next secret, which is long enough too', JWT_SECRET_KEY_PREVIOUS: JWT_SECRET }, api.folder);
  t.after(() => next.stop());
  assert.equal((await next.call('/auth/me', { token: old.access_token })).status, 200);
  const fresh = await refresh(next, old.refresh_token);
  assert.equal(fresh.status, 200);
  assert.throws(() => python({ algorithm: 'HS256', signing: JWT_SECRET, claims: {}, verify: fresh.json.access_token }), /InvalidSignature/);
  assert.equal((await next.call('/auth/users', { key: ADMIN_KEY })).status, 200);
});
