// Which events become cards, and when: streaks, samples, slots. Pure; the time is an argument.
import { fold } from './parameters.js';

/** Nothing waits longer than this for its turn. */
export const LONGEST_WAIT = 3000;
/** Always shown if there is time; the others are a sample, the newest first. */
const always = new Set(['gift', 'follow', 'subscribe', 'question']);
/** Written by people, so `only` applies. */
const written = new Set(['comment', 'emote', 'question']);
const roleOf = { subscribers: 'is_subscriber', moderators: 'is_moderator', followers: 'is_follower' };

/** Whether the parameters let an event become a card. */
export function isWanted(event, { types, min, hide, only }) {
  if (!types.includes(event.type)) return false;
  if (event.type === 'gift' && (event.diamonds ?? 0) < min) return false;
  const user = event.user;
  if (hide.length && user && (hide.includes(fold(user.username)) || hide.includes(fold(user.nickname)))) return false;
  if (only.length && written.has(event.type) && !user?.is_host && !only.some((role) => user?.[roleOf[role]])) return false;
  return true;
}

const keyOf = (event) => (event.type === 'gift' && event.streak_id ? `streak ${event.streak_id}` : `${event.epoch} ${event.offset}`);

/**
 * `own`: the types that half of the slots are kept for. `show(card)`, `update(card)` and `drop(card)` draw. A card is
 * `{key, event, shownAt, touchedAt, running}`.
 */
export function createQueue({ max, per, hold, own, show, update, drop }) {
  const shown = new Map();
  const waiting = new Map();
  const isOwn = (card) => own.includes(card.event.type);
  const isSampled = (card) => !always.has(card.event.type);
  const count = { shown: 0, left_out: 0 };
  let turns = per; // new cards that may be shown now
  let refilled = 0;
  let ownWasLast = false;

  /** Which of `cards`, oldest first, goes for `card`: null, if all of them are kept. `most` is how many there may be. */
  function victimOf(card, cards, most) {
    const reserved = Math.ceil(most / 2);
    const foreign = cards.filter((each) => !isOwn(each));
    const mustBeForeign = !isOwn(card) && cards.length - foreign.length <= reserved;
    const pool = mustBeForeign || foreign.length > most - reserved ? foreign : cards;
    // A streak that still counts stays, if another card can go.
    return pool.find((each) => !each.running) ?? pool[0] ?? null;
  }
  /** As victimOf, for all that is shown; undefined if there is room. */
  const victimFor = (card) => (shown.size < max ? undefined : victimOf(card, [...shown.values()], max));

  function remove(card) {
    shown.delete(card.key);
    drop(card);
  }

  /** At most `most` cards whose turn it is. Own and foreign ones alternate, so neither crowds the other out. */
  function choose(most) {
    const cards = [...waiting.values()].filter((card) => victimFor(card) !== null);
    const inOrder = (list) => [...list.filter((card) => !isSampled(card)), ...list.filter(isSampled).reverse()];
    const mine = inOrder(cards.filter(isOwn));
    const others = inOrder(cards.filter((card) => !isOwn(card)));
    const chosen = [];
    while (chosen.length < most && mine.length + others.length > 0) {
      const pool = mine.length && (!ownWasLast || !others.length) ? mine : others;
      ownWasLast = pool === mine;
      chosen.push(pool.shift());
    }
    return chosen;
  }

  function put(card, now) {
    const victim = victimFor(card);
    if (victim === null) {
      count.left_out++;
      return;
    }
    if (victim) remove(victim);
    card.shownAt ??= now;
    shown.set(card.key, card);
    count.shown++;
    show(card);
  }

  return {
    count,
    cards: () => [...shown.values()],
    /** An event that is wanted. */
    add(event, now) {
      const key = keyOf(event);
      const card = shown.get(key) ?? waiting.get(key);
      const running = event.type === 'gift' && event.streak_end === false;
      if (!card) {
        waiting.set(key, { key, event, touchedAt: now, running });
        return;
      }
      Object.assign(card, { event, touchedAt: now, running });
      if (shown.has(key)) update(card);
    },
    /** Shows again what was on screen before a reload. */
    restore(event, shownAt, now) {
      const key = keyOf(event);
      const running = event.type === 'gift' && event.streak_end === false;
      const card = shown.get(key);
      if (card) {
        Object.assign(card, { event, running });
        update(card);
      } else {
        put({ key, event, touchedAt: shownAt, shownAt, running, restored: true }, now);
      }
    },
    /** What is due now. Returns whether anything waits or will go, so that it must be called again. */
    step(now) {
      turns = Math.min(per, turns + ((now - refilled) / 1000) * per);
      refilled = now;
      for (const card of shown.values()) if (hold > 0 && now - card.touchedAt >= hold * 1000) remove(card);
      for (const card of waiting.values()) {
        if (now - card.touchedAt <= LONGEST_WAIT) continue;
        waiting.delete(card.key);
        count.left_out++;
      }
      const chosen = choose(Math.min(Math.floor(turns), max));
      turns -= chosen.length;
      for (const card of chosen) waiting.delete(card.key);
      // A sample is of the newest: what was said before it does not come after it.
      const newest = Math.max(...chosen.filter(isSampled).map((card) => card.event.offset));
      for (const card of waiting.values()) {
        if (!isSampled(card) || card.event.offset > newest) continue;
        waiting.delete(card.key);
        count.left_out++;
      }
      for (const card of chosen.sort((a, b) => a.event.offset - b.event.offset)) put(card, now);
      return waiting.size > 0 || (hold > 0 && shown.size > 0);
    },
    /** Takes a card off a screen on which `card` found no room. Returns whether there was another one. */
    makeRoom(card) {
      const others = [...shown.values()].filter((each) => each !== card);
      const victim = others.length ? (victimOf(card, others, others.length) ?? others[0]) : null;
      if (victim) remove(victim);
      return victim !== null;
    },
    clear() {
      for (const card of shown.values()) remove(card);
      waiting.clear();
    },
  };
}
