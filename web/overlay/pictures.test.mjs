import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLoader, createRecent } from './pictures.js';

function loader(options) {
  const asked = [];
  const want = createLoader((key) => new Promise((resolve, reject) => asked.push({ key, resolve, reject })), options);
  const keys = () => asked.map(({ key }) => key);
  const end = async (key, good = true) => {
    const load = asked.findLast((each) => each.key === key);
    if (good) load.resolve(`picture ${key}`);
    else load.reject(new Error('404'));
    await new Promise(setImmediate);
  };
  return { want, keys, end };
}

test('some loads at a time, then the newest wish, and old wishes are forgotten', async () => {
  const { want, keys, end } = loader({ atOnce: 2, wanted: 2 });
  for (const key of 'abcdef') want(key, () => {});
  assert.deepEqual(keys(), ['a', 'b']);
  await end('a');
  await end('b');
  assert.deepEqual(keys(), ['a', 'b', 'f', 'e']);
  await end('f');
  await end('e');
  assert.deepEqual(keys(), ['a', 'b', 'f', 'e']); // c and d were forgotten
});

test('a wish that is made again is the newest', async () => {
  const { want, keys, end } = loader({ atOnce: 1 });
  for (const key of ['a', 'b', 'c', 'd', 'b']) want(key, () => {});
  await end('a');
  assert.deepEqual(keys(), ['a', 'b']);
});

test('all who wait get the picture, and later ones get it at once', async () => {
  const { want, keys, end } = loader();
  const got = [];
  want('a', (picture) => got.push(['first', picture]));
  want('a', (picture) => got.push(['second', picture]));
  await end('a');
  want('a', (picture) => got.push(['third', picture]));
  assert.deepEqual(got, [['first', 'picture a'], ['second', 'picture a'], ['third', 'picture a']]);
  assert.deepEqual(keys(), ['a']);
});

test('what failed is not asked for again for a minute', async () => {
  let now = 0;
  const { want, keys, end } = loader({ now: () => now });
  want('a', () => assert.fail('there is no picture'));
  await end('a', false);
  now = 59_999;
  want('a', () => {});
  assert.deepEqual(keys(), ['a']);
  now = 60_000;
  want('a', () => {});
  assert.deepEqual(keys(), ['a', 'a']);
});

test('what was not used for longest is forgotten', () => {
  const recent = createRecent(2);
  recent.set('a', 1);
  recent.set('b', 2);
  recent.get('a');
  recent.set('c', 3);
  assert.deepEqual([recent.get('a'), recent.get('b'), recent.get('c'), recent.size()], [1, undefined, 3, 2]);
});
