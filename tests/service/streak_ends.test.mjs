// Gift streaks whose end is late or lost: each log ends them once and counts them right.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { complete, equalsTruth, fast, keep, restarted, stopKept } from './followed_rooms.mjs';
import { KEY, followFromTheStart, listen, startApi, startSim } from './programs.mjs';
import { until } from './wait.mjs';

after(stopKept);
const limit = { timeout: 180_000 };

test('ends of streaks are found by the end of the stream or by time, not by a look-up that says "offline"', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--seed', '6', '--rate', '150', '--count', '1500'));
  const api = keep(await startApi(sim, { ...fast, LIVE_STREAK_TIMEOUT: '3' }));
  const [reader] = await followFromTheStart(api, sim, 's', 'host');
  for (let flicker = 1; flicker <= 4; flicker++) {
    await reader.until((m) => m.length > flicker * 200);
    await sim.fault('host', 'offline');
    await sim.fault('host', 'drop');
    await reader.until(() => reader.changes.filter((e) => e.state === 'waiting').length === flicker);
    await sim.fault('host', 'clear');
    await reader.until(() => reader.changes.filter((e) => e.state === 'connected').length === flicker + 1);
  }
  const whole = await complete(api, sim, 's', 'host');
  const ends = () => reader.messages.filter((e) => e.type === 'gift' && e.streak_end);
  await reader.until(() => ends().length >= whole.truth.gifts.streaks);
  equalsTruth(whole);
  assert.equal(ends().length, whole.truth.gifts.streaks);
  assert.equal(ends().reduce((sum, e) => sum + e.diamonds, 0), whole.truth.gifts.diamonds);
  reader.close();
});

test('each log of a room ends its own streaks once, also of sessions that joined later or ran before', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--seed', '8', '--rate', '150', '--count', '1500'));
  let api = keep(await startApi(sim, { ...fast, LIVE_STREAK_TIMEOUT: '3' }));
  const [reader] = await followFromTheStart(api, sim, 'first', 'host');
  await reader.until((m) => m.length > 300);
  await api.connect('second', 'host');
  await reader.until((m) => m.length > 500);
  await sim.fault('host', 'lost_streak_end', '&n=5');
  api.child.kill('SIGKILL');
  await once(api.child, 'exit');
  api = await restarted(api, sim, { LIVE_STREAK_TIMEOUT: '3' });
  const open = (log) => {
    const states = new Map();
    for (const e of log.filter((one) => one.type === 'gift')) states.set(e.streak_id, (states.get(e.streak_id) ?? 0) + (e.streak_end ? 1 : 0));
    return [...states.values()];
  };
  const last = (await complete(api, sim, 'first', 'host')).sent.at(-1).id;
  const logs = [];
  for (const id of ['first', 'second']) {
    const log = await listen(api, `/ws/events/${id}?after=0`, KEY, { all: true });
    await log.until((m) => m.some((e) => e.id === last) && !open(m).includes(0));
    log.close();
    logs.push(log.messages.slice(1));
  }
  for (const log of logs) assert.deepEqual([...new Set(open(log))], [1]);
  const truth = await sim.truth('host');
  const total = logs[0].filter((e) => e.type === 'gift' && e.streak_end).reduce((sum, e) => sum + e.diamonds, 0);
  assert.equal(total, truth.gifts.diamonds);
});

test('a lost end is found in a room that says nothing more after a restart', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--seed', '8', '--rate', '150'));
  // A connection in silence ends before a streak does: the time of several connections counts.
  const settings = { LIVE_STREAK_TIMEOUT: '7' };
  let api = keep(await startApi(sim, { ...fast, ...settings }));
  const [reader] = await followFromTheStart(api, sim, 's', 'host');
  const open = (log) => {
    const gifts = log.filter((e) => e.type === 'gift');
    const ended = new Set(gifts.filter((e) => e.streak_end).map((e) => e.streak_id));
    return gifts.filter((e) => !ended.has(e.streak_id)).length > 0;
  };
  await reader.until((m) => m.length > 300);
  await sim.fault('host', 'lost_streak_end', '&n=0');
  const seen = reader.messages.length;
  await reader.until((m) => m.length > seen + 100 && open(m));
  await sim.rate('host', 0);
  api.child.kill('SIGKILL');
  await once(api.child, 'exit');
  reader.close();
  api = await restarted(api, sim, settings);
  const on = await listen(api, '/ws/events/s?after=0');
  await on.until((m) => m.some((e) => e.type === 'gift' && e.inferred) && !open(m));
  const truth = await sim.truth('host');
  const stats = await until(`${truth.gifts.streaks} streaks are counted`, async () => {
    const { json } = await api.call('/sessions/s/stats');
    return json.gifts.streaks >= truth.gifts.streaks && json;
  });
  assert.deepEqual([stats.gifts.streaks, stats.gifts.diamonds], [truth.gifts.streaks, truth.gifts.diamonds]);
});

test('an open streak is counted although retention has deleted its presses before the restart', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--seed', '8', '--rate', '150', '--count', '1500'));
  const settings = { LIVE_STREAK_TIMEOUT: '3600', EVENTS_MAX_PER_SESSION: '20', EVENTS_RETENTION_INTERVAL: '1' };
  let api = keep(await startApi(sim, { ...fast, ...settings }));
  const [reader] = await followFromTheStart(api, sim, 's', 'host');
  await sim.fault('host', 'lost_streak_end', '&n=3');
  await reader.until((m) => m.length > 800);
  const first = async () => (await api.call('/sessions/s/events?after=0&limit=1')).json.events[0].offset;
  const gifts = reader.messages.slice(0, 600).filter((e) => e.type === 'gift');
  const ended = new Set(reader.messages.filter((e) => e.type === 'gift' && e.streak_end).map((e) => e.streak_id));
  const open = gifts.filter((e) => !ended.has(e.streak_id));
  assert.ok(open.length > 0, 'a streak is open whose end was lost');
  await until('retention deletes the presses of the open streak', async () => (await first()) > open.at(-1).offset);
  reader.close();
  api.child.kill('SIGKILL');
  await once(api.child, 'exit');
  api = await restarted(api, sim, { ...settings, LIVE_STREAK_TIMEOUT: '1' });
  const on = await listen(api, '/ws/events/s');
  let truth;
  do {
    truth = await sim.truth('host');
    const seen = on.messages.length;
    if (!truth.done) await on.until((m) => m.length > seen);
  } while (!truth.done);
  const stats = await until(`${truth.gifts.streaks} streaks are counted`, async () => {
    const { json } = await api.call('/sessions/s/stats');
    return json.gifts.streaks >= truth.gifts.streaks && json;
  });
  assert.equal(stats.gifts.diamonds, truth.gifts.diamonds);
});
