// Pictures that never break: one is put on screen only after it was decoded, and never again if it failed.
import { API, authorization } from './link.js';

const KEPT = 256;
const AT_ONCE = 6;
const WANTED = 24;
/** A picture that failed is asked for again after this time, for a later card. */
const FAILED_FOR = 60_000;

/** A Map that forgets what was not used for longest. */
export function createRecent(most) {
  const items = new Map();
  return {
    get(key) {
      const value = items.get(key);
      if (value !== undefined) items.delete(key), items.set(key, value);
      return value;
    },
    set(key, value) {
      items.delete(key);
      items.set(key, value);
      if (items.size > most) items.delete(items.keys().next().value);
    },
    delete: (key) => items.delete(key),
    size: () => items.size,
  };
}

/** Runs `load(key)` for the newest wishes first, `atOnce` at a time; of the others `wanted` are remembered. */
export function createLoader(load, { kept = KEPT, atOnce = AT_ONCE, wanted = WANTED, now = Date.now } = {}) {
  const ready = createRecent(kept);
  const failed = createRecent(kept);
  const wishes = new Map(); // key -> those who wait
  let running = 0;
  const busy = new Set();
  function pump() {
    while (running < atOnce) {
      const key = [...wishes.keys()].filter((each) => !busy.has(each)).pop();
      if (key === undefined) return;
      running++;
      busy.add(key);
      load(key)
        .then((picture) => {
          ready.set(key, picture);
          for (const tell of wishes.get(key) ?? []) tell(picture);
        }, () => failed.set(key, now()))
        .finally(() => {
          running--;
          busy.delete(key);
          wishes.delete(key);
          pump();
        });
    }
  }
  /** Calls `tell` with the picture now, later, or never. */
  return function want(key, tell) {
    const picture = ready.get(key);
    if (picture) return tell(picture);
    if (now() - (failed.get(key) ?? -Infinity) < FAILED_FOR) return undefined;
    const waiting = wishes.get(key) ?? [];
    if (!busy.has(key)) wishes.delete(key); // to the end: the newest
    wishes.set(key, [...waiting, tell]);
    for (const old of wishes.keys()) {
      if (wishes.size - busy.size <= wanted) break;
      if (!busy.has(old)) wishes.delete(old);
    }
    pump();
    return undefined;
  };
}

async function decoded(address) {
  const image = new Image();
  image.alt = '';
  image.src = address;
  await image.decode();
  return image;
}

/** Puts `picture` into `place`, in front of what stands there, when the copy can be drawn at once. */
function put(place, picture) {
  const copy = picture.cloneNode();
  copy.decode().then(() => place.isConnected && place.replaceChildren(copy), () => {});
}

const wantPerson = createLoader(decoded);
/** Fills `place` with the picture of a person; until then, and if there is none, its initial stays. */
export function showPerson(place, user) {
  if (/^\/pictures\/[\w-]+$/.test(user?.picture ?? '')) wantPerson(API + user.picture, (picture) => put(place, picture));
}

let headers = {};
export const useToken = (token) => (headers = authorization(token));
const wantGift = createLoader(async (address) => {
  const answer = await fetch(address, { headers });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return decoded(URL.createObjectURL(await answer.blob()));
}, { kept: 64 });
/** The same for a gift. Its picture needs the token, which an <img> cannot send. */
export function showGift(place, event) {
  if (/^\d+$/.test(event.gift_id ?? '')) wantGift(`${API}/gifts/${event.gift_id}/image`, (picture) => put(place, picture));
}
