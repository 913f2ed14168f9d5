// Who is signed in. The credential is a variable of this module: not in the window, in storage, in an address or in the DOM.
// It leaves only as a header of http.js. What cannot send headers (sockets) takes a ticket.
import { createStore } from '../lib/store.js';
import { ApiError, call, get, post, useCredentials } from './http.js';

/** @type {null | {kind: 'key', key: string} | {kind: 'tokens', access: string, refresh: string, until: number}} */
let credential = null;
let refreshing = null;
const TAB = 'profile-api.refresh';

/** `state`: `starting out in expired`; `me`: the answer of /auth/me; `how`: `key` or `password`. */
export const account = createStore({ state: 'starting', me: null, how: '', problem: null });

useCredentials(
  async () => {
    if (!credential) return {};
    if (credential.kind === 'key') return { 'X-API-Key': credential.key };
    if (ends()) await refresh().catch(() => {});
    return { Authorization: `Bearer ${credential.access}` };
  },
  async () => {
    if (!credential) return false;
    if (credential.kind === 'tokens' && (await refresh().catch(() => false))) return true;
    if (account.get().state === 'in') account.patch({ state: 'expired' });
    return false;
  },
);

const ends = () => credential.until - Date.now() < 30_000;

function keep(answer) {
  credential = { kind: 'tokens', access: answer.access_token, refresh: answer.refresh_token, until: Date.now() + answer.expires_in * 1000 };
  const stored = tabStorage();
  if (stored?.getItem(TAB)) stored.setItem(TAB, credential.refresh);
}

function refresh() {
  // A refresh token works once: calls that end together must share one exchange.
  refreshing ??= (async () => {
    try {
      keep(await call('POST', '/auth/refresh', { body: { refresh_token: credential.refresh }, anonymous: true }));
      return true;
    } finally {
      refreshing = null;
    }
  })();
  return refreshing;
}

const tabStorage = () => {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
};

async function enter(how) {
  const me = await get('/auth/me', undefined, { timed: true });
  account.set({ state: 'in', me, how, problem: null });
}

/** Takes what was tried back, so that a wrong key stays nowhere. */
async function attempt(how, take) {
  const before = credential;
  try {
    await take();
    await enter(how);
  } catch (error) {
    credential = before;
    throw error;
  }
}

export const signInWithKey = (key) =>
  attempt('key', async () => {
    // Browsers refuse to send such a header, with a message that names no reason.
    if (/[^\x21-\x7e]/.test(key)) throw new ApiError(400, { error: 'VALIDATION_ERROR', message: 'A key has only visible ASCII characters, without spaces' });
    credential = { kind: 'key', key };
  });

export const signInWithPassword = (username, password, stay) =>
  attempt('password', async () => {
    keep(await post('/auth/login', { username, password }, { anonymous: true }));
    if (stay) tabStorage()?.setItem(TAB, credential.refresh);
  });

export const signInWithCode = (code) => attempt('code', async () => keep(await post('/auth/login', { code }, { anonymous: true })));

/** What the start of the page finds: a one-time code in the address, or the refresh token of this tab. */
export async function start() {
  const code = /^#code=(.+)$/.exec(location.hash)?.[1];
  if (location.hash.startsWith('#code')) history.replaceState(history.state, '', location.pathname + location.search);
  const kept = tabStorage()?.getItem(TAB);
  try {
    if (code) return await signInWithCode(decodeURIComponent(code));
    if (kept) {
      return await attempt('password', async () => {
        credential = { kind: 'tokens', access: '', refresh: kept, until: 0 };
        await refresh();
      });
    }
    account.patch({ state: 'out' });
  } catch (error) {
    if (!code) tabStorage()?.removeItem(TAB);
    account.set({ state: 'out', me: null, how: '', problem: code ? { ...describe(error), code: true } : null });
  }
  return undefined;
}

const describe = (error) => ({ message: error.message, code: false, status: error.status });

export async function signOut() {
  tabStorage()?.removeItem(TAB);
  // An exchange that is under way, or due, brings the refresh token that must end.
  if (credential?.kind === 'tokens' && (refreshing || ends())) await refresh().catch(() => {});
  const old = credential;
  if (old?.kind === 'tokens') await post('/auth/logout', { refresh_token: old.refresh }).catch(() => {});
  credential = null;
  account.set({ state: 'out', me: null, how: '', problem: null });
}

/** Those of the key that signed in, or of the user. A key never has more than its owner. */
export const permissionsOf = (me) => me?.api_key?.permissions ?? me?.permissions ?? [];

/** Whether the caller may do what needs `permission`. */
export function can(permission, me = account.get().me) {
  const own = permissionsOf(me);
  return own.includes('*') || own.includes(permission);
}

/** The header line of a curl command: a placeholder, or the real value where the reader asked for it. */
export function curlHeader(real = false) {
  if (credential?.kind === 'tokens') return `Authorization: Bearer ${real ? credential.access : '$PROFILE_API_TOKEN'}`;
  return `X-API-Key: ${real && credential ? credential.key : '$PROFILE_API_KEY'}`;
}

/** A ticket that opens one socket, stream or picture of these sessions within 60 s. */
export const ticket = async (...sessions) => (await post('/auth/tickets', { session_ids: sessions })).ticket;
