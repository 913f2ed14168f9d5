// How a reader of the event log goes on after a cut: pure decisions about time and position.

const FIRST_WAIT = 250;
const LONGEST_WAIT = 15_000;
/** A lost connection is shown after this time. */
export const SHOWN_AFTER = 10_000;
/** An event that is older is counted, and not shown. */
export const STALE_AFTER = 30_000;

/** Milliseconds before try number `failures` (1, 2, …): twice as long each time, half of it by chance. */
export function waitBefore(failures, chance = Math.random()) {
  const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(failures - 1, 20));
  return wait / 2 + (wait / 2) * chance;
}

/** Whether a cut that began at `since` (0: there is none) is shown. */
export const showsCut = (since, now) => since > 0 && now - since >= SHOWN_AFTER;

export const isStale = (event, now) => now - event.timestamp_ms > STALE_AFTER;

/** The last event that was taken: `{epoch, offset}`. */
export function createPosition(stored) {
  let epoch = stored?.epoch ?? '';
  let offset = stored?.offset ?? 0;
  return {
    get: () => ({ epoch, offset }),
    /** The query that goes on from here. `from`: an earlier offset, to see again what was shown. */
    query: (from = offset) => (epoch ? `&epoch=${encodeURIComponent(epoch)}&after=${from}` : ''),
    /** Takes the first message of a connection. True: the log starts anew, and nothing that was counted holds. */
    begin(hello) {
      const anew = epoch !== '' && (hello.epoch !== epoch || hello.recovered === false);
      if (hello.epoch !== epoch || anew) [epoch, offset] = [hello.epoch, hello.offset];
      return anew;
    },
    /** Whether the event is new. */
    take(event) {
      if (event.epoch !== epoch) return false;
      if (event.offset <= offset) return false;
      offset = event.offset;
      return true;
    },
  };
}

/** How many offsets back a reload looks for the cards that were shown. */
const LOOK_BACK = 2000;

/**
 * What a reload shows again: `stored` is `{epoch, offset, cards: [[offset, shownAt]…]}`. Returns the offset to read from
 * and the offsets of the cards that are still due.
 */
export function restorable(stored, hold, now) {
  if (!stored?.epoch || !Array.isArray(stored.cards)) return { from: stored?.offset ?? 0, cards: new Map() };
  const due = stored.cards.filter(([offset, shownAt]) => stored.offset - offset < LOOK_BACK && (hold === 0 || now - shownAt < hold * 1000));
  return { from: due.length ? Math.min(...due.map(([offset]) => offset)) - 1 : stored.offset, cards: new Map(due) };
}
