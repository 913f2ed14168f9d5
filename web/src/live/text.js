// Names and texts of strangers, made safe to stand in a row. The inspector shows the untouched event beside it.
const segmenter = typeof Intl.Segmenter === 'function' ? new Intl.Segmenter(undefined, { granularity: 'grapheme' }) : null;

export const NAME_LENGTH = 64;
export const TEXT_LENGTH = 300;

// Direction overrides and isolates, marks of direction, controls, the byte order mark, soft hyphens and fillers.
const steering = /[\u202A-\u202E\u2066-\u2069\u200E\u200F\u061C\u0000-\u0008\u000B-\u001F\u007F-\u009F\uFEFF\u00AD\u115F\u1160\u3164\uFFA0\u180E\u200B\u2060-\u2064]/g;
// A joiner is kept only inside an emoji, and a non-joiner only between letters (Persian and Indic words need it).
const looseJoiner = /(?<!\p{Extended_Pictographic}\uFE0F?|\p{Emoji_Modifier}|\p{L}\p{M}*)\u200D|\u200D(?!\p{Extended_Pictographic}|\p{L})|\u200C(?!\p{L})|(?<![\p{L}\p{M}])\u200C/gu;
// At most three combining marks a letter, or they climb into other rows. Marks of Indic and Thai vowels stay below that.
const manyMarks = /(\p{M}{3})\p{M}+/gu;

/** `text` without what moves or hides other text, cut at `most` code points. */
export function clean(text, most = TEXT_LENGTH) {
  if (!text) return '';
  // A name of 10,000 letters must not cost 10,000 letters of work in each row.
  let short = String(text).slice(0, most * 8);
  // Plain texts are most of all; they need nothing but the cut.
  if (!/^[\x20-\x7e]*$/.test(short)) short = short.replace(/[\t\n]+/g, ' ').replace(steering, '').replace(looseJoiner, '').replace(manyMarks, '$1');
  if (short.length > most) {
    const points = [...short];
    if (points.length > most) short = `${points.slice(0, most).join('').replace(/\u200D$/, '')}…`;
  }
  return short.trim();
}

/** What a person is called in a row: nickname, else @username, else a number. */
export function nameOf(user) {
  if (!user) return '';
  return clean(user.nickname, NAME_LENGTH) || (user.username ? `@${clean(user.username, NAME_LENGTH)}` : '') || (user.id ? `user ${String(user.id).slice(0, 4)}…` : '');
}

/** The first letter as a reader sees it (a family of joined emoji is one). */
export function initialOf(name) {
  const start = name.replace(/^[@\s]+/, '') || name;
  if (!start) return '';
  const first = segmenter ? segmenter.segment(start)[Symbol.iterator]().next().value.segment : [...start][0];
  return first.toUpperCase();
}
