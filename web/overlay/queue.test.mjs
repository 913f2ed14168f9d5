import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createQueue, isWanted } from './queue.js';

let offset = 0;
const event = (type, more = {}) => ({ type, epoch: 'e', offset: ++offset, ...more });
const gift = (streak_id, count, streak_end) => event('gift', { streak_id, count, diamonds: count, streak_end });

function start(more = {}) {
  const log = [];
  const name = (card) => card.event.name ?? card.event.streak_id ?? card.event.offset;
  const queue = createQueue({
    max: 4, per: 20, hold: 20, own: ['comment'],
    show: (card) => log.push(`+${name(card)}`),
    update: (card) => log.push(`=${name(card)}×${card.event.count}`),
    drop: (card) => log.push(`-${name(card)}`),
    ...more,
  });
  const say = (type, names, now = 0) => names.forEach((name) => queue.add(event(type, { name }), now));
  return { queue, log, say, names: () => queue.cards().map(name) };
}

test('a streak is one card that counts and ends', () => {
  const { queue, log } = start();
  for (let n = 1; n <= 99; n++) {
    queue.add(gift('s', n, n === 99), n);
    queue.step(n);
  }
  assert.deepEqual(log, ['+s', ...Array.from({ length: 98 }, (_, i) => `=s×${i + 2}`)]);
  assert.equal(queue.cards()[0].running, false);
  assert.deepEqual(queue.count, { shown: 1, left_out: 0 });
});

test('a streak counts while it waits, and is shown with its last count', () => {
  const { queue, log } = start();
  for (let n = 1; n <= 5; n++) queue.add(gift('s', n, n === 5), 0);
  queue.step(0);
  assert.deepEqual(log, ['+s']);
  assert.equal(queue.cards()[0].event.count, 5);
});

test('a card goes after its time; a streak that goes on stays', () => {
  const { queue, names } = start({ hold: 20 });
  queue.add(event('comment', { name: 'a' }), 0);
  queue.add(gift('s', 1, false), 0);
  queue.step(0);
  queue.add(gift('s', 2, false), 15_000);
  queue.step(19_999);
  assert.deepEqual(names().sort(), ['a', 's']);
  queue.step(20_000);
  assert.deepEqual(names(), ['s']);
  assert.equal(queue.step(35_000), false);
  assert.deepEqual(names(), []);
});

test('hold=0 keeps cards until others push them out', () => {
  const { queue, say, names } = start({ hold: 0, max: 2 });
  say('comment', ['a', 'b']);
  assert.equal(queue.step(0), false);
  queue.step(3_600_000);
  assert.equal(names().length, 2);
  say('comment', ['c'], 3_600_000);
  queue.step(3_600_000);
  assert.equal(names().length, 2);
  assert.ok(names().includes('c'));
});

test('at most `per` new cards a second, of the newest comments, in their order', () => {
  const { queue, say, names } = start({ per: 2, max: 30 });
  say('comment', ['a', 'b', 'c', 'd', 'e']);
  queue.step(0);
  assert.deepEqual(names(), ['d', 'e']);
  assert.deepEqual(queue.count, { shown: 2, left_out: 3 });
  say('comment', ['f', 'g'], 400);
  queue.step(400);
  assert.deepEqual(names(), ['d', 'e']);
  queue.step(500);
  assert.deepEqual(names(), ['d', 'e', 'g']);
  say('comment', ['h'], 500);
  queue.step(1000);
  assert.deepEqual(names(), ['d', 'e', 'g', 'h']);
});

test('nothing waits longer than 3 s', () => {
  const { queue, say, names } = start({ per: 1 });
  say('follow', ['a', 'b', 'c', 'd', 'e', 'f']);
  for (let now = 0; now <= 3000; now += 500) queue.step(now);
  assert.deepEqual(names(), ['a', 'b', 'c', 'd']);
  queue.step(3001);
  assert.deepEqual(queue.count, { shown: 4, left_out: 2 });
  assert.equal(queue.cards().length, 4);
});

test('no card is drawn only to be pushed out in the same moment', () => {
  const { queue, log, say } = start({ per: 20, max: 4 });
  say('comment', ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  queue.step(0);
  assert.deepEqual(log, ['+d', '+e', '+f', '+g']);
});

test('own and foreign cards take turns, so half of the new ones are own', () => {
  const { queue, say, names } = start({ per: 4, max: 30 });
  say('gift', ['g1', 'g2', 'g3', 'g4', 'g5', 'g6']);
  say('comment', ['a', 'b', 'c', 'd']);
  queue.step(0);
  assert.deepEqual(names(), ['g1', 'g2', 'c', 'd']);
});

test('half of the slots are kept for own cards', () => {
  const { queue, say, names } = start({ max: 4, per: 20 });
  say('comment', ['a', 'b', 'c', 'd']);
  queue.step(0);
  say('follow', ['f1', 'f2', 'f3', 'f4', 'f5'], 1000);
  queue.step(1000);
  assert.equal(names().length, 4);
  assert.equal(names().filter((name) => name.startsWith('f')).length, 2);
  // Own cards may take all.
  say('comment', ['e', 'g', 'h', 'i'], 2000);
  queue.step(2000);
  queue.step(3000);
  say('comment', ['j', 'k'], 4000);
  queue.step(4000);
  assert.equal(names().filter((name) => name.startsWith('f')).length, 0);
});

test('foreign cards may use free slots, and give them back', () => {
  const { queue, say, names } = start({ max: 4, per: 20 });
  say('follow', ['f1', 'f2', 'f3', 'f4']);
  queue.step(0);
  assert.deepEqual(names(), ['f1', 'f2', 'f3', 'f4']);
  say('comment', ['a', 'b'], 500);
  queue.step(500);
  assert.deepEqual(names(), ['f3', 'f4', 'a', 'b']);
  say('follow', ['f5'], 600);
  queue.step(600);
  assert.deepEqual(names(), ['f4', 'a', 'b', 'f5']);
});

test('a streak that counts stays, if another card can go', () => {
  const { queue, say, names } = start({ max: 2 });
  queue.add(gift('s', 1, false), 0);
  queue.step(0);
  say('comment', ['a'], 1);
  queue.step(1);
  say('comment', ['b'], 1);
  queue.step(100);
  assert.deepEqual(names(), ['s', 'b']);
});

test('a screen that is too small for `max` cards keeps the halves', () => {
  const { queue, say, names } = start({ max: 8 });
  say('comment', ['a', 'b']);
  say('follow', ['f1', 'f2']);
  queue.step(0);
  const before = names();
  say('follow', ['f3'], 100);
  queue.step(100);
  assert.equal(queue.makeRoom(queue.cards().at(-1)), true);
  assert.deepEqual(names(), [...before.filter((name) => name !== 'f1'), 'f3']);
  const { queue: lone } = start();
  lone.add(event('comment'), 0);
  lone.step(0);
  assert.equal(lone.makeRoom(lone.cards()[0]), false);
});

test('after a reload the same cards are shown, without a turn', () => {
  const { queue, log } = start({ per: 1 });
  for (const name of ['a', 'b', 'c']) queue.restore(event('comment', { name }), 1000, 5000);
  queue.restore(gift('s', 1, false), 1000, 5000);
  queue.restore(gift('s', 7, true), 1000, 5000);
  assert.deepEqual(log, ['+a', '+b', '+c', '+s', '=s×7']);
  queue.step(20_999);
  assert.equal(queue.cards().length, 4);
  queue.step(21_000);
  assert.equal(queue.cards().length, 0);
});

test('which events are wanted', () => {
  const values = { types: ['comment', 'gift', 'follow'], min: 10, hide: ['bot'], only: ['subscribers', 'moderators'] };
  const user = (more) => ({ username: 'ann', nickname: 'Ann', ...more });
  const wanted = (event) => isWanted(event, values);
  assert.equal(wanted({ type: 'like', user: user() }), false);
  assert.equal(wanted({ type: 'comment', user: user() }), false);
  assert.equal(wanted({ type: 'comment', user: user({ is_subscriber: true }) }), true);
  assert.equal(wanted({ type: 'comment', user: user({ is_moderator: true }) }), true);
  assert.equal(wanted({ type: 'comment', user: user({ is_host: true }) }), true);
  assert.equal(wanted({ type: 'comment', user: user({ is_subscriber: true, username: 'BOT' }) }), false);
  assert.equal(wanted({ type: 'follow', user: user({ nickname: 'Bot' }) }), false);
  assert.equal(wanted({ type: 'follow', user: user() }), true);
  assert.equal(wanted({ type: 'gift', diamonds: 9, user: user() }), false);
  assert.equal(wanted({ type: 'gift', diamonds: 10, user: user() }), true);
});
