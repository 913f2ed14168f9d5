// A design of an overlay: the texts of its parameters, the address that holds them, and the local file that waits for it. Pure.
import { cardTypes, defaultOf, kinds, parameters, readParameters, sizes, takes } from '../../overlay/parameters.js';

/** What the builder's own address holds beside the parameters. */
const own = ['session', 'kind', 'width', 'height'];

/** Event types that a token for a kind may read: all that any design of it draws, so that a new look needs no new token. */
export const tokenTypes = {
  chat: cardTypes,
  gifts: cardTypes,
  goal: ['gift', 'like', 'follow', 'comment', 'share'],
  leaderboard: ['gift', 'like', 'comment', 'share'],
  viewers: ['viewers'],
};

/** The text that stands for a default in a form. */
export function defaultText(kind, name) {
  const value = defaultOf(kind, name);
  return Array.isArray(value) ? value.join(',') : String(value);
}

/** What is wrong with a text, or ''. The builder refuses what an overlay would only correct. */
export function complaint(kind, name, text) {
  if (text === '') return '';
  return parameters[name].parse(text, kind)[1] ?? '';
}

/** Reads the builder's address: `texts` by name, and names that mean nothing. */
export function readDesign(query) {
  const kind = kinds.includes(query.get('kind')) ? query.get('kind') : 'chat';
  const texts = {};
  const unknown = [];
  for (const [name, text] of query) {
    if (own.includes(name)) continue;
    if (Object.hasOwn(parameters, name)) texts[name] = text;
    else unknown.push(name);
  }
  const side = (name, i) => {
    const value = Number(query.get(name));
    return Number.isInteger(value) && value >= 40 && value <= 4096 ? value : sizes[kind][i];
  };
  return { kind, session: query.get('session') ?? '', texts, unknown, width: side('width', 0), height: side('height', 1) };
}

/** The query of the overlay: only what differs from the defaults, and only what is right. */
export function overlayQuery(kind, texts) {
  const query = new URLSearchParams();
  for (const name of Object.keys(parameters)) {
    const text = texts[name] ?? '';
    if (name === 'demo' || text === '' || !takes(kind, name) || complaint(kind, name, text)) continue;
    if (text !== defaultText(kind, name)) query.set(name, text);
  }
  return query;
}

export function overlayAddress({ origin = '', session, kind, texts, token = '', more = {} }) {
  const query = overlayQuery(kind, texts);
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  const text = query.toString();
  return `${origin}/overlay/${encodeURIComponent(session || 'session')}/${kind}${text ? `?${text}` : ''}${token ? `#t=${token}` : ''}`;
}

/** The typed values of a design, for what the builder must know itself. */
export const valuesOf = (kind, texts) => readParameters(kind, overlayQuery(kind, texts)).values;

/**
 * A page for the disk of the computer that runs OBS. It asks until the service answers, and goes to the overlay then: a
 * browser source whose server was away when OBS began would stay empty.
 */
export function localFile(address) {
  const text = JSON.stringify(address).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Overlay</title>
<script>
// Holds a token: whoever has this file can read what the overlay shows.
const address = ${text};
const alive = new URL('/api/livez', address);
async function look() {
  try {
    await fetch(alive, { mode: 'no-cors', cache: 'no-store' });
    location.replace(address);
  } catch {
    setTimeout(look, 2000);
  }
}
look();
</script>
</html>
`;
}
