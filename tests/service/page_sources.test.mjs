// The sources of the page and of the overlays: what the policy forbids is not written, and the pure parts do what they say.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { test } from 'node:test';

const web = join(import.meta.dirname, '../../web');
const sources = ['src', 'overlay'].flatMap((folder) => {
  try {
    return readdirSync(join(web, folder), { recursive: true }).filter((name) => /\.(js|html|css|svg)$/.test(name)).map((name) => join(folder, name));
  } catch {
    return [];
  }
});
const from = (path) => import(join(web, 'src', path));

/** Each is refused by the Content-Security-Policy or a way for strangers' text to become a page. */
const forbidden = {
  innerHTML: /\b(inner|outer)HTML\b/,
  dangerouslySetInnerHTML: /dangerouslySetInnerHTML/,
  insertAdjacentHTML: /insertAdjacentHTML|createContextualFragment|DOMParser|document\.write|srcdoc/,
  "setAttribute('style')": /setAttribute\(\s*['"`]style/,
  'style attribute': /<[a-zA-Z][^>$]*\sstyle\s*=\s*["']/,
  'style element': /<style[\s>]|createElement\(\s*['"`]style/,
  'inline script': /<script(?![^>]*\ssrc=)/,
  'inline handler': /<[a-z][^>$]*\son[a-z]+\s*=\s*["']/,
  eval: /\beval\s*\(|new Function\b/,
  'timer of text': /set(Timeout|Interval)\(\s*['"`]/,
  'javascript:': /["'`]\s*javascript:/i,
  'another origin': /(?:src|href)\s*=\s*["']https?:|@import\s+["']https?:|url\(\s*["']?https?:/,
  'a credential in storage': /(localStorage|sessionStorage)\S*(key|access|password)/i,
};

/** The file that the builder of overlays saves for OBS is opened from the disk; no policy is sent with it. */
const allowed = ['src/overlays/design.js: inline script'].map((each) => each.replaceAll('/', sep));

test('nothing is written that the policy forbids', () => {
  assert.ok(sources.length > 30);
  const found = sources.flatMap((name) => {
    const text = readFileSync(join(web, name), 'utf8');
    return Object.entries(forbidden).filter(([, pattern]) => pattern.test(text)).map(([what]) => `${name}: ${what}`);
  });
  assert.deepEqual(found, allowed);
});

test('the lint finds what it looks for', () => {
  const bad = ['x.innerHTML = y', "e.setAttribute('style', s)", '<b style="x">', '<script>', 'eval(x)', "setTimeout('x')", '<a href="javascript:x">', '<img src="https://x">'];
  for (const line of bad) assert.ok(Object.values(forbidden).some((pattern) => pattern.test(line)), line);
});

test('every icon that is named is drawn', () => {
  const drawn = new Set([...readFileSync(join(web, 'src/icons.svg'), 'utf8').matchAll(/<symbol id="([^"]+)"/g)].map((m) => m[1]));
  const named = sources.flatMap((name) => [...readFileSync(join(web, name), 'utf8').matchAll(/<\$\{Icon\} name="([^"]+)"|icon: '([^']+)'/g)].map((m) => m[1] ?? m[2]));
  assert.deepEqual(named.filter((name) => !drawn.has(name)), []);
  assert.ok(named.length > 10);
});

test('names of strangers cannot move, hide or overrun other text', async () => {
  const { clean, initialOf, nameOf } = await from('live/text.js');
  assert.equal(clean('a\u202Eevil\u202C\u2066b\u2069\u200F'), 'aevilb');
  assert.equal(clean('x\u0000\u0007\u009Fy\nz'), 'xy z');
  assert.equal(clean('z\u0300\u0301\u0302\u0303\u0304'), 'z\u0300\u0301\u0302');
  assert.equal([...clean('é'.repeat(10_000), 64)].length, 65);
  assert.equal(clean('👨‍👩‍👧'), '👨‍👩‍👧');
  assert.equal(clean('a\u200D\u200D\u200Bb'), 'ab');
  assert.equal(clean('می‌خواهم'), 'می‌خواهم');
  assert.equal(clean('<img src=x onerror=alert(1)>'), '<img src=x onerror=alert(1)>');
  assert.equal(nameOf({ nickname: '\u202E\u200B', username: 'ann', id: '1' }), '@ann');
  assert.equal(nameOf({ nickname: '', username: '', id: '6672892681782708895' }), 'user 6672…');
  assert.equal(initialOf('👨‍👩‍👧 family'), '👨‍👩‍👧');
  assert.equal(initialOf('@zoë'), 'Z');
});

test('the ring keeps its end, and a filter its part of it', async () => {
  const { Ring } = await from('live/ring.js');
  const ring = new Ring();
  const row = (n) => ({ from: n, o: n, gems: n % 2 });
  for (let n = 1; n <= 6000; n++) ring.push(row(n));
  ring.trim(1000);
  assert.deepEqual([ring.all.length, ring.all.at(ring.all.first).from, ring.all.end], [1000, 5001, 6000]);
  ring.filter((each) => each.gems === 1);
  assert.deepEqual([ring.view.length, ring.view.at(ring.view.first).from], [500, 5001]);
  ring.push(row(6001));
  ring.trim(500);
  assert.deepEqual([ring.view.length, ring.view.at(ring.view.first).from], [250, 5503]);
  // A streak that grows into the filter is put where it belongs.
  const late = ring.all.at(ring.all.find(5600)); // keys of the first log are its offsets
  late.gems = 1;
  ring.changed(late);
  assert.equal(ring.view.at(ring.view.find(5600)).from, 5600);
  assert.equal(ring.view.length, 251);
  ring.prepend([row(5498), row(5499)]);
  assert.deepEqual([ring.older, ring.view.at(ring.view.first).from, ring.all.at(ring.all.first).from], [2, 5499, 5498]);
  ring.filter(null);
  assert.deepEqual([ring.older, ring.all.length, ring.view === ring.all], [0, 500, true]);
});

test('rows of an earlier log come before those of the new one, whatever their offsets are', async () => {
  const { Ring } = await from('live/ring.js');
  const ring = new Ring();
  const row = (n, type = 'comment') => ({ from: n, o: n, type, gems: n % 2 });
  for (let n = 100; n <= 200; n++) ring.push(row(n));
  ring.push(row(200, 'note'));
  ring.renew();
  const begun = Array.from({ length: 150 }, (_, i) => row(i + 1));
  for (const each of begun) ring.push(each);
  ring.filter((each) => each.gems === 1);
  assert.deepEqual([ring.all.length, ring.view.length], [252, 125]);
  for (const each of ring.all) assert.equal(ring.all.at(ring.all.find(each.k)), each);
  // All of the earlier log but its last event and the note behind it is cut, then the event, then the note.
  const lengths = [100, 1, 1, 120].map((n) => (ring.cut(n), [ring.all.length, ring.view.length]));
  assert.deepEqual(lengths, [[152, 75], [151, 75], [150, 75], [30, 15]]);
  assert.deepEqual([ring.has(begun[119]), ring.has(begun[120])], [false, true]);
  begun[121].gems = 1;
  ring.changed(begun[121]);
  assert.equal(ring.view.at(ring.view.find(begun[121].k)), begun[121]);
  begun[1].gems = 1; // it was cut
  ring.changed(begun[1]);
  assert.equal(ring.view.length, 16);
});

test('a filter in the address means what it means to the service', async () => {
  const { filterOf, fold, matcher } = await from('live/filter.js');
  const rows = [
    { type: 'comment', uid: '1', uname: 'Ann', text: 'Who is WINNING?', gems: 0 },
    { type: 'gift', uid: '2', uname: 'bob', text: 'Rose ×3 · 3 💎', gems: 3 },
    { type: 'like', uid: '1', uname: 'Ann', text: '+1', gems: 0 },
  ];
  const passing = (query) => rows.filter(matcher(filterOf(new URLSearchParams(query)), new Set())).map((each) => each.type);
  assert.deepEqual(passing('q=ｗinning'), ['comment']);
  assert.deepEqual(passing('user=@ANN'), ['comment', 'like']);
  assert.deepEqual(passing('user=2'), ['gift']);
  assert.deepEqual(passing('min=4'), []);
  assert.deepEqual(passing('types=like,gift&min=3'), ['gift']);
  assert.equal(fold('STRASSE'), fold('straße'));
});

test('the console builds requests and curl lines that a shell takes', async () => {
  const { curlLine, operationsOf, requestOf } = await from('console/document.js');
  const [operation] = operationsOf({
    paths: {
      '/sessions/{id}/shares/{reader}': {
        put: { operationId: 'share', parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }, { name: 'reader', in: 'path', required: true, schema: { type: 'string' } }, { name: 'n', in: 'query', schema: { type: 'integer' } }], requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/components/schemas/B' } } } } },
      },
    },
    components: { schemas: { B: { type: 'object', required: ['list'], properties: { list: { type: 'array', items: { type: 'string' } }, yes: { type: 'boolean' } } } } },
  });
  assert.deepEqual(operation.parameters.filter((each) => each.required).map((each) => each.name), ['id', 'reader', 'list']);
  assert.throws(() => requestOf(operation, { 'path.id': 'a' }), /reader: needed/);
  const request = requestOf(operation, { 'path.id': 'a b', 'path.reader': "o'x", 'query.n': '3', 'body.list': 'p, q', 'body.yes': 'true' });
  assert.deepEqual(request, { method: 'PUT', path: "/sessions/a%20b/shares/o'x", query: { n: '3' }, body: '{"list":["p","q"],"yes":true}' });
  assert.equal(curlLine(request, 'X-API-Key: $K', 'http://h'), `curl -s -X PUT -H "X-API-Key: $K" -H 'Content-Type: application/json' -d '{"list":["p","q"],"yes":true}' 'http://h/sessions/a%20b/shares/o'\\''x?n=3'`);
});
