// An event as a row: what is kept of it, and the words that stand in the stream.
import { count, duration } from '../lib/format.js';
import { pictureOf } from '../api/http.js';
import { familyOf } from './families.js';
import { clean, initialOf, nameOf } from './text.js';

/**
 * @typedef {object} Row
 * @property {number} o offset of the newest event in this row
 * @property {number} from offset of the first one (a streak has several)
 * @property {string} type
 * @property {number} fam index of the family
 * @property {number} ms time of the event
 * @property {string} name @property {string} init @property {string} uid @property {string} uname @property {string} pic
 * @property {string} text at most 300 code points
 * @property {string} [said] the comment as it was written, where it is not `text`
 * @property {string} [streak] id of the streak of a gift
 * @property {number} gems diamonds of a gift
 * @property {number} delay milliseconds from the event to this page; NaN where it was read later
 * @property {number} v grows when the row changes
 */

const sourceWords = { entry: 'entered with a level', grade: 'entered with a level', fans_level: 'entered as a fan', super_fan: 'entered as a super fan', anonymous: 'joined without an account' };

const writers = {
  comment: (e) => (e.reply_to ? `↪ ${nameOf(e.reply_to)} · ${e.comment}` : e.comment || (e.emotes?.length ? `${e.emotes.length} emotes` : '')),
  question: (e) => `asks: ${e.text}`,
  emote: (e) => `sent ${e.emotes?.length ?? 1} emote${e.emotes?.length === 1 ? '' : 's'}`,
  gift: (e) => `${e.name ?? `gift ${e.gift_id}`} ×${count(e.count)}${e.streak_end ? '' : ' (running)'} · ${count(e.diamonds)} 💎${e.to_user ? ` → ${nameOf(e.to_user)}` : ''}${e.inferred ? ' · end inferred' : ''}`,
  like: (e) => `+${count(e.count)} · ${count(e.total)} in all`,
  join: (e) => e.text || sourceWords[e.source] || 'joined',
  follow: () => 'follows now',
  share: () => 'shared the stream',
  subscribe: (e) => e.text || `${e.kind === 'super_fan' ? 'became a super fan' : e.gifted ? `gave ${e.count} subscription${e.count === 1 ? '' : 's'}` : 'subscribed'}${e.months ? ` · ${e.months} months` : ''}`,
  viewers: (e) => `${count(e.count)} watch${e.total ? ` · ${count(e.total)} in all` : ''}`,
  envelope: (e) => `${(e.kind ?? 'envelope').replaceAll('_', ' ')} ${e.action ?? ''}${e.diamonds ? ` · ${count(e.diamonds)} 💎` : ''}`,
  battle: (e) => `${(e.action ?? 'battle').replaceAll('_', ' ')}${e.sides?.length ? ` · ${e.sides.map((side) => `${side.user ? nameOf(side.user) : 'team'}${side.score !== undefined ? ` ${count(side.score)}` : ''}`).join(' : ')}` : ''}`,
  guest: (e) => `guest ${e.action ?? ''}${e.score ? ` · ${count(e.score)}` : ''}`,
  rank: (e) => e.text || `${e.list || 'rank'}${e.rank ? ` no. ${e.rank}` : ''}`,
  room: (e) => (e.kind === 'goal' ? `goal ${count(e.progress)} of ${count(e.target)}` : `${(e.kind ?? 'room').replaceAll('_', ' ')}${e.text ? `: ${e.text}` : ''}`),
  control: (e) => `${e.action ?? ''}${e.by ? ` by the ${e.by}` : ''}${e.reason || e.text ? `: ${e.text || e.reason}` : ''}`,
  session: (e) => `${e.state}${e.reason ? ` · ${e.reason}` : ''}${e.gap_ms ? ` · gap ${duration(e.gap_ms)}` : ''}`,
  unknown: (e) => e.raw_type ?? 'no type',
};

const languages = new Map([['', undefined]]);
const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });
/** A language for the attribute `lang`. TikTok has marks of its own, as `un` for an unknown one. */
function languageOf(code = '') {
  if (!languages.has(code)) {
    let known;
    try {
      known = names.of(code) ? code : undefined;
    } catch {
      known = undefined;
    }
    languages.set(code, known);
  }
  return languages.get(code);
}

/** @returns {Row} */
export function rowOf(event, delay = NaN) {
  const name = nameOf(event.user);
  const text = clean((writers[event.type] ?? writers.unknown)(event));
  const said = event.type === 'comment' ? (event.comment ?? '') : text;
  return {
    o: event.offset,
    from: event.offset,
    type: event.type,
    fam: familyOf(event.type),
    ms: event.timestamp_ms,
    name,
    init: initialOf(name),
    uid: event.user?.id ?? '',
    uname: event.user?.username ?? '',
    pic: pictureOf(event.user),
    text,
    said: said === text ? undefined : said,
    lang: languageOf(event.language),
    streak: event.streak_id,
    gems: event.type === 'gift' ? (event.diamonds ?? 0) : 0,
    past: event.historical === true,
    delay,
    v: 0,
  };
}

/** A line of the page itself between two events. `o` is the offset before it. */
export const note = (offset, text) => ({ o: offset, from: offset, type: 'note', fam: 6, ms: Date.now(), name: '', init: '', uid: '', uname: '', pic: '', text, gems: 0, past: false, delay: NaN, v: 0 });

/** Takes a later event of the same streak into its row. */
export function grow(row, event) {
  row.o = event.offset;
  row.text = clean(writers.gift(event));
  row.gems = event.diamonds ?? 0;
  row.v++;
}
