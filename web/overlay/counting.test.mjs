import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBoard, createGoal, figureOf, isDue, shareOf, worth } from './counting.js';

const gift = (offset, diamonds, streak_end = true, user = { id: '1' }) => ({ type: 'gift', offset, diamonds, count: 2, streak_end, user });

test('what an event is worth', () => {
  assert.equal(worth(gift(1, 30), 'diamonds'), 30);
  assert.equal(worth(gift(1, 30, false), 'diamonds'), 0);
  assert.equal(worth(gift(1, 30), 'gifts'), 2);
  assert.equal(worth(gift(1, 30), 'likes'), 0);
  assert.equal(worth({ type: 'like', count: 15 }, 'likes'), 15);
  assert.equal(worth({ type: 'follow' }, 'follows'), 1);
  assert.equal(worth({ type: 'comment' }, 'comments'), 1);
  assert.equal(worth({ type: 'share' }, 'comments'), 0);
});

test('the same figures in /stats', () => {
  const stats = { gifts: { diamonds: 7, count: 3 }, likes: { taps: 20, total: 900 }, by_type: { follow: 4, comment: 5 } };
  assert.deepEqual(['diamonds', 'gifts', 'likes', 'follows', 'comments', 'shares'].map((by) => figureOf(stats, by)), [7, 3, 20, 4, 5, 0]);
});

test('an event is counted once, whether the figures hold it or not', () => {
  const goal = createGoal('diamonds');
  assert.equal(goal.add(gift(1, 10)), true); // before the first figures
  assert.equal(goal.add(gift(2, 10, false)), false);
  assert.equal(goal.value(), 10);
  goal.add(gift(3, 5));
  goal.begin(100, 2); // holds offsets 1 and 2
  assert.equal(goal.value(), 105);
  goal.add(gift(2, 50)); // a late copy
  assert.equal(goal.value(), 105);
  goal.begin(200, 9); // figures are ahead of the events
  goal.add(gift(8, 50));
  assert.equal(goal.value(), 200);
  goal.add(gift(10, 1));
  assert.equal(goal.value(), 201);
  goal.clear();
  assert.equal(goal.value(), 0);
});

test('a leaderboard adds to its rows, and new people come', () => {
  const board = createBoard('diamonds');
  const rows = () => board.value().map(({ user, score }) => [user.id, score]);
  board.begin([{ user: { id: 'a' }, score: 50 }, { user: { id: 'b' }, score: 50 }, { user: { id: 'c' }, score: 1 }], 5);
  board.add(gift(5, 1000, true, { id: 'c' })); // is in the figures
  assert.deepEqual(rows(), [['a', 50], ['b', 50], ['c', 1]]);
  board.add(gift(6, 60, true, { id: 'c' }));
  board.add(gift(7, 55, true, { id: 'd' }));
  assert.deepEqual(rows(), [['c', 61], ['d', 55], ['a', 50], ['b', 50]]);
  assert.equal(board.add({ type: 'gift', offset: 8, diamonds: 9, streak_end: true }), false); // nobody is known
  board.begin([{ user: { id: 'c' }, score: 61 }], 6);
  assert.deepEqual(rows(), [['c', 61], ['d', 55]]);
});

test('equal scores stand in the order of the ids, as numbers', () => {
  const board = createBoard('likes');
  for (const [i, id] of ['10', '9', '8'].entries()) board.add({ type: 'like', offset: i + 1, count: 3, user: { id } });
  assert.deepEqual(board.value().map(({ user }) => user.id), ['8', '9', '10']);
});

test('the bar stays between its ends', () => {
  assert.deepEqual([shareOf(0, 10), shareOf(5, 10), shareOf(25, 10), shareOf(-1, 10)], [0, 0.5, 1, 0]);
});

test('figures are read again after a minute, and when the room went quiet', () => {
  const due = (readAt, eventAt, now) => isDue({ readAt, eventAt }, now);
  assert.equal(due(-Infinity, 0, 0), true);
  assert.equal(due(0, 0, 59_999), false);
  assert.equal(due(0, 0, 60_000), true);
  assert.equal(due(0, 500, 4_999), false);
  assert.equal(due(0, 500, 5_000), true);
  assert.equal(due(0, 9_000, 10_999), false);
  assert.equal(due(0, 9_000, 11_000), true);
});
