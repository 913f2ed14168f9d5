// The rooms that this caller sees, kept up to date: by the event stream of sessions where the service has one, else every 5 s.
import { createStore } from '../lib/store.js';
import { get, post } from '../api/http.js';
import { account } from '../api/credential.js';
import { readEvents } from '../api/sse.js';

/** `list` is null until the first answer. `budget`: signatures that are left, where the service tells. */
export const rooms = createStore({ list: null, budget: null, error: null, at: 0 });

const EVERY = 5000;
const EVERY_WITH_STREAM = 15_000;
const EVERY_HIDDEN = 30_000;
let timer = 0;
let streaming = false;
let stopStream = null;
let asking = null;
let signedIn = false;
let turn = 0; // counts sign-ins and sign-outs: an answer from before the last one is not kept

export const roomOf = (id) => rooms.get().list?.find((room) => room.session_id === id) ?? null;

export async function refreshRooms() {
  if (!signedIn) return;
  const mine = turn;
  await (asking ??= get('/sessions', undefined, { timed: true }).then(
    (answer) => ({ list: answer.sessions, budget: answer.sign_budget ?? null, error: null, at: Date.now() }),
    (error) => ({ error }),
  ).then((news) => {
    if (mine !== turn) return;
    rooms.patch(news);
    asking = null;
    plan();
  }));
}

function plan() {
  clearTimeout(timer);
  if (account.get().state !== 'in') return;
  const { list, error } = rooms.get();
  let wait = error?.retryAt ? error.retryAt - Date.now() : document.hidden ? EVERY_HIDDEN : streaming ? EVERY_WITH_STREAM : EVERY;
  // A try that changes nothing is no event of the session, and the time of the next one is known after it.
  if (!document.hidden && !error) for (const next of (list ?? []).map(nextTryOf)) if (next) wait = Math.min(wait, next + 300 - Date.now());
  timer = setTimeout(refreshRooms, Math.max(1000, wait));
}

/** An older service has no such route; then polling is all there is. */
async function watchStream() {
  stopStream?.abort();
  const stop = (stopStream = new AbortController());
  let soon = 0;
  while (!stop.signal.aborted) {
    const status = await readEvents('/sessions/stream', {
      signal: stop.signal,
      onOpen: () => (streaming = true),
      onEvent: ({ data }) => {
        if (!data) return; // a heartbeat
        clearTimeout(soon);
        soon = setTimeout(refreshRooms, 150); // several states change together
      },
    }).catch(() => 0);
    streaming = false;
    if (status === 404 || status === 400 || status === 403) return;
    await new Promise((resolve) => setTimeout(resolve, 3000));
  }
}

account.watch(({ state }) => {
  const now = state === 'in';
  if (now === signedIn && state !== 'out') return;
  signedIn = now;
  turn++;
  asking = null;
  if (now) {
    refreshRooms();
    watchStream();
  } else {
    stopStream?.abort();
    clearTimeout(timer);
    if (state === 'out') rooms.set({ list: null, budget: null, error: null, at: 0 });
  }
});
addEventListener('visibilitychange', () => !document.hidden && signedIn && refreshRooms());

/** How each state is shown: a shape and a word, never a colour alone. */
const states = {
  connecting: ['◔', 'connecting', 'warn'],
  waiting: ['◔', 'waiting', 'warn'],
  connected: ['●', 'live', 'ok'],
  reconnecting: ['↻', 'reconnecting', 'warn'],
  disconnected: ['■', 'stopped', 'quiet'],
  ended: ['■', 'ended', 'quiet'],
  failed: ['▲', 'failed', 'bad'],
};
export function stateOf(room) {
  const [shape, word, tone] = states[room.state] ?? ['?', room.state, 'quiet'];
  return { shape, word, tone };
}
/** When the service tries again, in Unix milliseconds; 0 where it does not. */
export const nextTryOf = (room) => (room.next_try ? Date.parse(room.next_try) : 0);
export const runs = (room) => ['connecting', 'waiting', 'connected', 'reconnecting'].includes(room.state);

/** A session id that can be read: the name, with a number where it is taken. An earlier attempt at the same room is taken up again. */
export function idFor(username) {
  const earlier = (rooms.get().list ?? []).find((room) => !runs(room) && room.username?.toLowerCase() === username.toLowerCase());
  if (earlier) return earlier.session_id;
  const base = username.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[.-]+/, '') || 'room';
  const taken = new Set((rooms.get().list ?? []).map((room) => room.session_id));
  const reserved = ['cleanup', 'stream'];
  let id = base;
  for (let n = 2; taken.has(id) || reserved.includes(id); n++) id = `${base}-${n}`;
  return id;
}

/** Follows a room of the list again; `wait`: as soon as it is live. */
export async function connectAgain(room, wait = room.wait_until_live) {
  const target = room.username ? { username: room.username } : { room_id: room.room_id };
  await post('/connect', { session_id: room.session_id, ...target, ...(wait ? { wait_until_live: true } : {}) });
  await refreshRooms();
}

/** What was typed: `name`, `@name`, a link, or a room id (only digits, longer than any name's usual length). */
export function parseRoom(text) {
  const value = text.trim();
  if (/^\d{15,}$/.test(value)) return { room_id: value, name: value };
  const named = /tiktok\.com\/@([^/?#\s]+)/i.exec(value)?.[1] ?? value.replace(/^@/, '');
  return { username: value, name: named };
}
