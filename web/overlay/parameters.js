// The parameters of an overlay's address: which there are, for which kinds, and what their values may be.
// The overlay, the builder and docs/how-to/overlay.md have them from here. No DOM in this file.
import { clean } from '../src/live/text.js';

export const kinds = ['chat', 'gifts', 'goal', 'leaderboard', 'viewers'];
export const themes = ['glass', 'solid', 'outline', 'minimal', 'paper'];
/** Width and height that the builder suggests for a browser source. */
export const sizes = { chat: [480, 900], gifts: [640, 240], goal: [900, 120], leaderboard: [400, 600], viewers: [240, 96] };
/** Event types that can become a card. */
export const cardTypes = ['comment', 'emote', 'question', 'gift', 'follow', 'subscribe', 'share', 'like', 'join'];
/** The types that an overlay is named after; half of its cards are kept for them. */
export const ownTypes = { chat: ['comment', 'emote', 'question'], gifts: ['gift'] };
const goals = { goal: ['diamonds', 'likes', 'follows', 'gifts', 'comments', 'shares'], leaderboard: ['diamonds', 'likes', 'comments', 'shares'] };
const roles = ['subscribers', 'moderators', 'followers'];
const defaultTypes = { chat: ['comment', 'emote', 'question', 'gift', 'follow', 'subscribe'], gifts: ['gift', 'subscribe'] };

/** A parser returns `[value]`, or `[value, complaint]` where the text is not what it should be; undefined: the default. */
const number = (least, most) => (text) => {
  const value = /^-?\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(value)) return [undefined, `must be a number from ${least} to ${most}`];
  if (value < least || value > most) return [Math.min(most, Math.max(least, value)), `must be from ${least} to ${most}`];
  return [value];
};
const one = (...words) => (text) => (words.includes(text) ? [text] : [undefined, `must be one of: ${words.join(', ')}`]);
const many = (words) => (text) => {
  const given = text.split(',').map((word) => word.trim()).filter(Boolean);
  const known = given.filter((word) => words.includes(word));
  return [known.length ? known : undefined, known.length < given.length ? `may hold: ${words.join(', ')}` : undefined];
};
const flag = one('0', '1');
const hexadecimal = /^(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i;
const color = (text) => {
  const digits = text.replace(/^#/, '');
  return hexadecimal.test(digits) ? [`#${digits}`] : [undefined, 'must be a colour of 3, 4, 6 or 8 hexadecimal digits'];
};
const either = (word, parse) => (text) => (text === word ? [word] : parse(text));
const font = (text) => (/^[\p{L}\p{M}\p{N} _.-]{1,64}$/u.test(text) ? [text] : [undefined, 'must be the name of a font: at most 64 letters, digits, spaces, and . _ -']);
const names = (text) => {
  const list = text.split(',').map((name) => fold(name.replace(/^\s*@/, ''))).filter(Boolean);
  return [list.slice(0, 100), list.length > 100 ? 'holds at most 100 names' : undefined];
};
const language = (text) => {
  try {
    return [Intl.getCanonicalLocales(text)[0]];
  } catch {
    return [undefined, 'must be a language tag, for example de or pt-BR'];
  }
};
/** Names are compared in this form. */
export const fold = (name) => (name ?? '').normalize('NFKC').trim().toLowerCase();

const cards = ['chat', 'gifts'];
const withPictures = ['chat', 'gifts', 'leaderboard'];
/**
 * `for`: the kinds that take it (all, if absent). `value`: the default, or a function of the kind. `of`: allowed words, for the
 * builder. `parse` may be a function that gets the kind.
 */
export const parameters = {
  theme: { value: 'glass', of: () => themes, parse: one(...themes) },
  size: { value: 24, range: [12, 96], parse: number(12, 96) },
  color: { value: '', parse: color },
  plate: { value: '', parse: either('none', color) },
  accent: { value: '', parse: color },
  font: { value: '', parse: font },
  align: { value: 'left', of: () => ['left', 'right'], parse: one('left', 'right') },
  from: { for: cards, value: 'bottom', of: () => ['bottom', 'top'], parse: one('bottom', 'top') },
  max: { for: [...cards, 'leaderboard'], value: 8, range: [1, 30], parse: number(1, 30) },
  hold: { for: cards, value: 20, range: [0, 3600], parse: number(0, 3600) },
  per: { for: cards, value: 6, range: [1, 20], parse: number(1, 20) },
  types: { for: cards, value: (kind) => defaultTypes[kind] ?? [], of: () => cardTypes, parse: many(cardTypes) },
  min: { for: cards, value: 0, range: [0, 1_000_000], parse: number(0, 1_000_000) },
  hide: { for: [...cards, 'leaderboard'], value: [], parse: names },
  only: { for: cards, value: [], of: () => roles, parse: many(roles) },
  avatars: { for: withPictures, value: '1', flag, parse: flag },
  badges: { for: cards, value: '1', flag, parse: flag },
  emotes: { for: ['chat'], value: '1', flag, parse: flag },
  lang: { value: '', parse: language },
  dir: { value: 'ltr', of: () => ['ltr', 'rtl'], parse: one('ltr', 'rtl') },
  goal: { for: ['goal'], value: 1000, range: [1, 1_000_000_000], parse: number(1, 1_000_000_000) },
  goal_by: { for: ['goal', 'leaderboard'], value: 'diamonds', of: (kind) => goals[kind], parse: (text, kind) => one(...(goals[kind] ?? []))(text) },
  title: { for: ['goal', 'leaderboard', 'viewers'], value: '', parse: (text) => [clean(text, 80)] },
  window: { for: ['leaderboard'], value: 'session', parse: either('session', number(10, 86_400)) },
  safe: { value: 3, range: [0, 30], parse: either('tiktok', number(0, 30)) },
  motion: { value: '1', flag, parse: flag },
  status: { value: '1', flag, parse: flag },
  demo: { value: '0', flag, parse: flag },
};

export const takes = (kind, name) => (parameters[name]?.for ?? kinds).includes(kind);
export const defaultOf = (kind, name) => {
  const { value } = parameters[name];
  return typeof value === 'function' ? value(kind) : value;
};
/** OBS takes these out of an address that is dropped on it; `token` is read elsewhere. */
const foreign = ['token', 'layer-name', 'layer-width', 'layer-height', 'layer-css'];

/**
 * Reads the query of an overlay. Never fails: what is wrong becomes the default or the nearest bound, and is told in
 * `problems` as `{name, message}`.
 */
export function readParameters(kind, query) {
  const values = {};
  const problems = [];
  for (const [name, { flag: isFlag }] of Object.entries(parameters)) {
    const value = defaultOf(kind, name);
    values[name] = isFlag ? value === '1' : value;
  }
  for (const [name, text] of new URLSearchParams(query)) {
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : null;
    if (!parameter) {
      if (!foreign.includes(name)) problems.push({ name, message: 'is not a parameter of an overlay' });
    } else if (!takes(kind, name)) {
      problems.push({ name, message: `means nothing to an overlay of the kind ${kind}` });
    } else if (text !== '') {
      const [value, complaint] = parameter.parse(text, kind);
      if (value !== undefined) values[name] = parameter.flag ? value === '1' : value;
      if (complaint) problems.push({ name, message: complaint });
    }
  }
  return { values, problems };
}

/** The event types that an overlay reads. */
export function typesOf(kind, values) {
  if (kind === 'viewers') return ['viewers'];
  if (cards.includes(kind)) return values.emotes || kind !== 'chat' ? values.types : values.types.filter((type) => type !== 'emote');
  return { diamonds: ['gift'], gifts: ['gift'], likes: ['like'], follows: ['follow'], comments: ['comment'], shares: ['share'] }[values.goal_by];
}

/** `/overlay/SESSION/KIND`, or null. */
export function readPath(path) {
  const [, root, session = '', kind = '', ...rest] = path.split('/');
  if (root !== 'overlay' || rest.length || !session || !kinds.includes(kind)) return null;
  try {
    return { session: decodeURIComponent(session), kind };
  } catch {
    return null;
  }
}
