// Users, keys and tokens for tests, made over the API.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';

export const ADMIN_KEY = 'admin-key-of-the-service-tests-0123456789';
export const JWT_SECRET = 'secret-of-the-service-tests-that-signs-tokens';
export const PASSWORD = 'violet tram 7 in the rain';
/** What startApi() needs for the functions below. */
export const withAccounts = { ADMIN_API_KEY: ADMIN_KEY, JWT_SECRET_KEY: JWT_SECRET };

export async function makeUser(api, username, role = 'user', password = PASSWORD) {
  const made = await api.call('/auth/users', { method: 'POST', key: ADMIN_KEY, body: { username, role, password, email: `${username}@example.org` } });
  assert.equal(made.status, 201, JSON.stringify(made.json));
  return made.json;
}

export const tryLogin = (api, username, password = PASSWORD, headers = {}) =>
  api.call('/auth/login', { method: 'POST', key: null, headers, body: { username, password } });

export async function login(api, username, password = PASSWORD) {
  const reply = await tryLogin(api, username, password);
  assert.equal(reply.status, 200, JSON.stringify(reply.json));
  return reply.json;
}

export const refresh = (api, refresh_token) => api.call('/auth/refresh', { method: 'POST', key: null, body: { refresh_token } });

/** A key of `user`, by its owner's token or the admin's key. */
export async function makeKey(api, { token, user, ...body }) {
  const path = user ? `/auth/api-keys?user=${user}` : '/auth/api-keys';
  const made = await api.call(path, { method: 'POST', token, key: ADMIN_KEY, body });
  assert.equal(made.status, 201, JSON.stringify(made.json));
  return { key: made.json.api_key, id: made.json.id, ...made.json };
}

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** A token that we sign ourselves. */
export function signed(claims, secret = JWT_SECRET, header = { alg: 'HS256', typ: 'JWT' }) {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}
export const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
