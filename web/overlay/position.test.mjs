import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPosition, isStale, restorable, showsCut, waitBefore } from './position.js';

test('waits double from 0.25 s to 15 s, half of each by chance', () => {
  const bounds = [1, 2, 3, 4, 5, 6, 7, 8, 1000].map((n) => [waitBefore(n, 0), waitBefore(n, 1)]);
  assert.deepEqual(bounds, [[125, 250], [250, 500], [500, 1000], [1000, 2000], [2000, 4000], [4000, 8000], [7500, 15_000], [7500, 15_000], [7500, 15_000]]);
});

test('a cut is shown after 10 s', () => {
  assert.equal(showsCut(0, 1e12), false);
  assert.equal(showsCut(1000, 10_999), false);
  assert.equal(showsCut(1000, 11_000), true);
});

test('events older than 30 s are stale', () => {
  assert.equal(isStale({ timestamp_ms: 0 }, 30_000), false);
  assert.equal(isStale({ timestamp_ms: 0 }, 30_001), true);
});

test('a reader goes on behind the last event that it took', () => {
  const position = createPosition(null);
  assert.equal(position.query(), '');
  assert.equal(position.begin({ epoch: 'a', offset: 7, recovered: true }), false);
  assert.equal(position.query(), '&epoch=a&after=7');
  assert.equal(position.take({ epoch: 'a', offset: 7 }), false);
  assert.equal(position.take({ epoch: 'a', offset: 9 }), true);
  assert.equal(position.take({ epoch: 'a', offset: 8 }), false);
  assert.equal(position.take({ epoch: 'b', offset: 10 }), false);
  assert.deepEqual(position.get(), { epoch: 'a', offset: 9 });
  assert.equal(position.query(4), '&epoch=a&after=4');
});

test('after a cut the position holds; a new log or a hole starts anew', () => {
  const position = createPosition({ epoch: 'a', offset: 9 });
  assert.equal(position.begin({ epoch: 'a', offset: 5, recovered: true }), false);
  assert.deepEqual(position.get(), { epoch: 'a', offset: 9 });
  assert.equal(position.begin({ epoch: 'a', offset: 800, recovered: false }), true);
  assert.deepEqual(position.get(), { epoch: 'a', offset: 800 });
  assert.equal(position.begin({ epoch: 'b', offset: 2, recovered: false }), true);
  assert.deepEqual(position.get(), { epoch: 'b', offset: 2 });
});

test('a reload looks back as far as the cards that are still due', () => {
  const stored = { epoch: 'a', offset: 5000, cards: [[2000, 0], [4100, 5000], [4990, 12_000]] };
  assert.deepEqual(restorable(stored, 20, 24_000), { from: 4099, cards: new Map([[4100, 5000], [4990, 12_000]]) });
  assert.deepEqual(restorable(stored, 20, 26_000), { from: 4989, cards: new Map([[4990, 12_000]]) });
  assert.deepEqual(restorable(stored, 20, 99_000), { from: 5000, cards: new Map() });
  assert.deepEqual(restorable(stored, 0, 1e9), { from: 4099, cards: new Map([[4100, 5000], [4990, 12_000]]) });
  assert.deepEqual(restorable(null, 20, 0), { from: 0, cards: new Map() });
});
