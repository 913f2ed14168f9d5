// What must be true after all kills, session by session.
import { digestOf } from './log_readers.mjs';

/** All rows of a session, by pages. */
export async function readPages(api, session) {
  const events = [];
  for (let after = 0; ; ) {
    const { status, json } = await api.call(`/sessions/${session}/events?after=${after}&limit=1000`);
    if (status !== 200) throw new Error(`events of ${session}: status ${status}`);
    events.push(...json.events);
    if (!json.more && json.events.length === 0) return { epoch: json.epoch, events };
    after = json.next_after;
  }
}

/** What the platform said, without what the service says of itself. */
export const fromPlatform = (events) => events.filter((event) => event.type !== 'session' && !event.inferred);

export function giftTotals(events) {
  const ends = events.filter((event) => event.type === 'gift' && event.streak_end);
  const sum = (key) => ends.reduce((total, event) => total + event[key], 0);
  return { streaks: ends.length, count: sum('count'), diamonds: sum('diamonds') };
}

const some = (list, write = String) => `${list.length}: ${list.slice(0, 8).map(write).join(', ')}${list.length > 8 ? ', …' : ''}`;
const brief = (event) => `${event.offset} ${event.type} ${event.id}`;
const counted = (events) => {
  const counts = {};
  for (const { type } of events) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
};

/** Every log: one epoch, offsets without holes, ids once, one end for each streak. */
export function checkLog(problems, name, epoch, events) {
  const strangers = events.filter((event) => event.epoch !== epoch);
  if (strangers.length) problems.add('rows of another epoch', `${name} (epoch ${epoch}): ${some(strangers, brief)}`);
  const holes = events.filter((event, i) => event.offset !== i + 1);
  if (holes.length) problems.add('a hole in the offsets', `${name}: from row ${holes[0].offset} on`);
  const seen = new Map();
  const twice = events.filter((event) => event.type !== 'session' && seen.size === seen.set(event.id, event).size);
  if (twice.length) problems.add('an id came twice', `${name}: ${some(twice, brief)}`);
  const ends = events.filter((event) => event.type === 'gift' && event.streak_end);
  const streaks = new Map();
  const again = ends.filter((event) => streaks.size === streaks.set(event.streak_id, event).size);
  if (again.length) problems.add('a streak ended twice', `${name}: ${some(again, (e) => `${brief(e)} of streak ${e.streak_id}`)}`);
}

/** A log that was followed from the room's beginning holds all that was said, and nothing else. */
export function checkWhole(problems, name, events, said, truth) {
  const own = fromPlatform(events);
  const ids = new Set(own.map((event) => event.id));
  const missing = said.map((id, i) => [i, id]).filter(([, id]) => !ids.has(id));
  if (missing.length) problems.add('events are missing', `${name}: ${missing.length} of ${said.length}; (place, id) ${some(missing, ([i, id]) => `(${i}, ${id})`)}`);
  const known = new Set(said);
  const extra = own.filter((event) => !known.has(event.id));
  if (extra.length) problems.add('events that nobody said', `${name}: ${some(extra, brief)}`);
  const counts = counted(own);
  const types = Object.keys({ ...counts, ...truth.sent }).filter((type) => (counts[type] ?? 0) !== (truth.sent[type] ?? 0));
  if (types.length) problems.add('counts differ', `${name}: ${types.map((t) => `${t} ${counts[t] ?? 0}, truth ${truth.sent[t] ?? 0}`).join('; ')}`);
  const totals = giftTotals(events);
  const wanted = { streaks: truth.gifts.streaks, count: truth.gifts.count, diamonds: truth.gifts.diamonds };
  if (JSON.stringify(totals) !== JSON.stringify(wanted)) {
    const open = new Set(events.filter((e) => e.type === 'gift').map((e) => e.streak_id));
    for (const e of events) if (e.type === 'gift' && e.streak_end) open.delete(e.streak_id);
    problems.add('gift totals differ', `${name}: ${JSON.stringify(totals)}, truth ${JSON.stringify(wanted)}; never ended ${some([...open])}`);
  }
}

/** A log that began later and was never disconnected holds all that was said from its beginning on. */
export function checkRest(problems, name, events, said) {
  const place = new Map(said.map((id, i) => [id, i]));
  const own = fromPlatform(events).filter((event) => !event.historical);
  const extra = own.filter((event) => !place.has(event.id));
  if (extra.length) problems.add('events that nobody said', `${name}: ${some(extra, brief)}`);
  const places = own.map((event) => place.get(event.id)).filter((i) => i !== undefined);
  if (places.length === 0) return;
  const first = places.reduce((a, b) => Math.min(a, b));
  const had = new Set(places);
  const missing = [];
  for (let i = first; i < said.length; i++) if (!had.has(i)) missing.push([i, said[i]]);
  if (missing.length) problems.add('events are missing', `${name}, from place ${first} on: ${missing.length} of ${said.length - first}; ${some(missing, ([i, id]) => `(${i}, ${id})`)}`);
}

/** All readers of a log have seen the same rows: those of the log itself, if it still exists, else those of each other. */
export function checkReaders(problems, readers, events) {
  const longest = readers.reduce((a, b) => (b.rows.length > (a?.rows.length ?? -1) ? b : a), undefined);
  const rows = events ? events.map(digestOf) : longest?.rows ?? [];
  for (const reader of readers) {
    const differs = reader.rows.findIndex((row, i) => row !== rows[i]);
    if (differs >= 0) problems.add('readers saw different rows', `${reader.name}: at offset ${differs + 1} of ${rows.length}${events ? ` (${brief(events[differs] ?? {})})` : ''}`);
    else if (events && reader.gone) problems.add('a reader was told that its log is gone', `${reader.name}: ${reader.gone}, behind row ${reader.last} of ${rows.length}`);
    else if (events && reader.last !== rows.length) problems.add('a reader did not get all', `${reader.name}: ${reader.last} of ${rows.length} rows`);
  }
}
