import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { complaint, defaultText, localFile, overlayAddress, readDesign, tokenTypes } from '../src/overlays/design.js';
import { kinds, parameters, readParameters, takes, typesOf } from './parameters.js';
import { groups, names } from '../src/overlays/fields.js';

test('the form has each parameter once, with a name', () => {
  const inForm = groups.flatMap(([, members]) => members);
  assert.deepEqual(inForm.toSorted(), Object.keys(parameters).filter((name) => name !== 'demo').toSorted());
  assert.deepEqual(inForm.filter((name) => !names[name]?.[0]), []);
});

test('an address of the builder is read, and what it does not know is named', () => {
  const design = readDesign(new URLSearchParams('session=show&kind=goal&theme=paper&goal=500&colour=fff&width=1000&height=9'));
  assert.deepEqual(design, { kind: 'goal', session: 'show', texts: { theme: 'paper', goal: '500' }, unknown: ['colour'], width: 1000, height: 120 });
  assert.equal(readDesign(new URLSearchParams('kind=clock')).kind, 'chat');
});

test('the address of the overlay holds what differs from the defaults and is right', () => {
  const texts = { theme: 'glass', size: '40', max: '99', goal: '5', color: '', hide: 'a,b', demo: '1' };
  assert.equal(overlayAddress({ origin: 'http://localhost:3001', session: 'a:b', kind: 'chat', texts, token: 'st_x' }), 'http://localhost:3001/overlay/a%3Ab/chat?size=40&hide=a%2Cb#t=st_x');
  assert.equal(overlayAddress({ session: 'show', kind: 'viewers', texts: {} }), '/overlay/show/viewers');
  assert.equal(complaint('chat', 'max', '99'), 'must be from 1 to 30');
});

test('a token of a kind reads all that any design of it draws', () => {
  for (const kind of kinds) {
    const by = takes(kind, 'goal_by') ? parameters.goal_by.of(kind) : [''];
    const drawn = by.flatMap((word) => typesOf(kind, readParameters(kind, `goal_by=${word}&types=${tokenTypes[kind]}`).values));
    assert.deepEqual([...new Set(drawn)].toSorted(), tokenTypes[kind].toSorted(), kind);
  }
});

test('an address cannot leave the script of the local file', () => {
  const file = localFile('http://localhost:3001/overlay/x/chat?title=</script><script>alert(1)</script>#t=st_x');
  assert.equal(file.match(/<\/script>/g).length, 1);
  assert.ok(file.includes('\\u003c/script>\\u003cscript>alert(1)'));
});

test('the documentation has a row for each parameter, with its default and its kinds', () => {
  const page = readFileSync(new URL('../../docs/how-to/overlay.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| ((?:`\w+`(?:, )?)+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)];
  const documented = {};
  for (const [, names, value, , of] of rows) for (const [, name] of names.matchAll(/`(\w+)`/g)) documented[name] = { value: /^`(.*)`$/.exec(value)?.[1] ?? '', of };
  assert.deepEqual(Object.keys(documented).toSorted(), Object.keys(parameters).toSorted());
  for (const [name, { value, of }] of Object.entries(documented)) {
    const taken = kinds.filter((kind) => takes(kind, name));
    assert.equal(of, taken.length === kinds.length ? 'all' : taken.join(', '), name);
    if (name !== 'types') assert.equal(value, defaultText('chat', name), name);
  }
  for (const kind of ['chat', 'gifts']) assert.ok(page.includes(`\`${kind}\`: \`${defaultText(kind, 'types')}\``), kind);
});

test('each class and property of the documentation is in the style or the script', () => {
  const page = readFileSync(new URL('../../docs/how-to/overlay.md', import.meta.url), 'utf8');
  const here = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');
  const all = here('overlay.css') + here('cards.js') + here('figures.js');
  const names = [...page.matchAll(/`([.\w-]+)`/g)].map(([, name]) => name).filter((name) => name.startsWith('.') || name.startsWith('--'));
  assert.ok(names.length > 30);
  for (const name of names) for (const part of name.split('.').filter(Boolean)) if (!['card-TYPE', 'badge-host', 'badge-moderator', 'badge-subscriber'].includes(part)) assert.ok(all.includes(part), name);
});
