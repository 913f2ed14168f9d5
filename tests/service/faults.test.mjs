// What goes wrong on TikTok's side while a room is followed: nothing is lost and nothing comes twice.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { assertNoHoles, countBy, followFromTheStart, listen, startApi, startSim } from './programs.mjs';
import { until } from './wait.mjs';

const running = [];
const keep = (program) => (running.push(program), program);
after(async () => {
  for (const program of running.reverse()) await program.stop();
});
const limit = { timeout: 120_000 };
const fast = { LIVE_CHECK_INTERVAL: '1', LIVE_BACKOFF_MAX: '1', LIVE_SILENCE_TIMEOUT: '2' };

/** Follows a room of `count` messages, injects each fault after some more events, and returns all that arrived. */
async function through(faults, count = 600, settings = {}) {
  const sim = keep(await startSim('--user', 'host', '--seed', '3', '--rate', '200', '--count', String(count)));
  const api = keep(await startApi(sim, { ...fast, ...settings }));
  const [listener] = await followFromTheStart(api, sim, 's', 'host');
  let mark = 0;
  for (const [kind, more] of faults) {
    mark += Math.floor(count / (faults.length + 2));
    await listener.until((m) => m.length > mark);
    await sim.fault('host', kind, more);
  }
  return { sim, api, listener };
}

/** Waits until the simulator has said all and all of it arrived. */
async function complete(sim, listener) {
  let truth;
  do {
    truth = await sim.truth('host');
    await listener.until((m) => m.length > truth.total);
  } while (!truth.done);
  return { truth, seen: listener.messages.slice(1) };
}

async function equalsTruth(sim, listener) {
  const { truth, seen } = await complete(sim, listener);
  assert.deepEqual(countBy(seen, (e) => e.type), truth.sent);
  assert.equal(new Set(seen.map((e) => e.id)).size, seen.length);
  assertNoHoles(listener);
  return { truth, seen };
}

test('dropped and closed connections are resumed by cursor', limit, async () => {
  const { sim, listener } = await through([['drop', ''], ['close_code', '&code=1011'], ['close_frame', '']]);
  const { truth } = await equalsTruth(sim, listener);
  assert.ok(truth.connects >= 4, `${truth.connects} connects`);
});

test('a silent upstream is found dead and replaced, and the silence ends no streak', limit, async () => {
  const { sim, listener } = await through([['silence', '']], 600, { LIVE_STREAK_TIMEOUT: '1' });
  await until('a second connection', async () => (await sim.truth('host')).connects >= 2, { seconds: 60 });
  await sim.fault('host', 'clear');
  const { truth } = await complete(sim, listener);
  const sent = () => listener.messages.slice(1).filter((e) => !e.inferred);
  const finished = () => listener.messages.filter((e) => e.type === 'gift' && e.streak_end);
  await listener.until(() => sent().length >= truth.total && finished().length >= truth.gifts.streaks);
  assert.equal(sent().length, truth.total);
  assert.equal(finished().reduce((sum, gift) => sum + gift.diamonds, 0), truth.gifts.diamonds);
});

test('repeated, reordered, uncompressed and unknown messages change nothing that counts', limit, async () => {
  const { sim, listener } = await through([
    ['duplicate_batch', '&n=3'], ['reordered', '&n=3'], ['uncompressed', '&n=3'], ['unknown_method', ''], ['create_time_zero', '&n=2'],
    ['create_time_seconds', '&n=2'], ['empty_payload', ''],
  ]);
  const { truth, seen } = await equalsTruth(sim, listener);
  const finished = seen.filter((e) => e.type === 'gift' && e.streak_end);
  assert.equal(finished.reduce((sum, gift) => sum + gift.diamonds, 0), truth.gifts.diamonds);
  for (const event of seen) assert.ok(Math.abs(Date.now() - event.timestamp_ms) < 3_600_000, `${event.type} at ${event.timestamp}`);
});

test('garbage, bombs and broken messages cost themselves and nothing else', limit, async () => {
  const { sim, api, listener } = await through([['garbage_frame', ''], ['gzip_bomb', ''], ['truncated_payload', ''], ['wrong_wire_type', ''], ['invalid_utf8', '']]);
  await listener.until((m) => m.length > 600);
  const session = (await api.call('/sessions/s')).json;
  assert.equal(session.state, 'connected');
  assert.ok(session.counters.undecodable >= 2, JSON.stringify(session.counters));
});

test('a repeated end of a streak is not counted twice', limit, async () => {
  const { sim, listener } = await through([['repeated_streak_end', '&n=3']]);
  const { truth, seen } = await complete(sim, listener);
  const finished = seen.filter((e) => e.type === 'gift' && e.streak_end);
  assert.equal(new Set(finished.map((e) => e.streak_id)).size, finished.length);
  assert.equal(finished.length, truth.gifts.streaks);
});

test('an ended stream closes the session as ended', limit, async () => {
  const { sim, api, listener } = await through([]);
  await listener.until((m) => m.length > 50);
  await api.call('/disconnect', { method: 'POST', body: { session_id: 's' } });
  assert.equal((await api.connect('s', 'host')).json.state, 'connected');
  await fetch(`${sim.origin}/sim/end?user=host`, { method: 'POST' });
  await listener.until((m) => m.some((e) => e.type === 'control' && e.action === 'ended'));  // ends of open streaks may follow
  const session = await until('the session is not connected', async () => {
    const { json } = await api.call('/sessions/s');
    return json.state !== 'connected' && json;
  });
  assert.equal(session.state, 'ended');
});

test('a session that waits follows the next live of the same host', limit, async () => {
  const { api, listener } = await through([['room_restart', '']], 200);
  await listener.until((m) => m.some((e) => e.type === 'control' && e.action === 'ended'));
  const before = listener.messages.at(-1).room_id;
  await listener.until((m) => m.length > 30 && m.at(-1).room_id !== before && m.at(-1).type !== 'control');
  const rooms = new Set(listener.messages.slice(1).map((e) => e.room_id));
  assert.equal(rooms.size, 2);
  const session = await until('the session is connected', async () => {
    const { json } = await api.call('/sessions/s');
    return json.state === 'connected' && json;
  });
  assert.notEqual(session.room_id, before);
});

test('SIGKILL loses no committed event, and the session goes on where it was', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--seed', '5', '--rate', '100'));
  const api = keep(await startApi(sim, fast));
  const [listener] = await followFromTheStart(api, sim, 's', 'host');
  await listener.until((m) => m.length > 200);
  api.child.kill('SIGKILL');
  await listener.closed;
  const last = listener.messages.at(-1);
  const again = keep(await startApi(sim, fast, api.folder));
  // It goes on by itself: same log, and what was shown is in it.
  const resumed = await listen(again, `/ws/events/s?after=${last.offset}&epoch=${last.epoch}`);
  await resumed.until((m) => m.length > 300);
  assert.equal(resumed.messages[0].recovered, true);
  assertNoHoles(resumed);
  const ids = new Set([...listener.messages.slice(1), ...resumed.messages.slice(1)].map((e) => e.id));
  assert.equal(ids.size, listener.messages.length + resumed.messages.length - 2, 'no message came twice');
  const { json } = await again.call('/sessions/s');
  assert.equal(json.epoch, last.epoch);
  assert.equal(json.state, 'connected');
});
