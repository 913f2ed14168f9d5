// Sessions that share a room, change it, end and are cleaned away.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { listen, startApi, startSim } from './programs.mjs';
import { until } from './wait.mjs';

const running = [];
const keep = (program) => (running.push(program), program);
after(async () => {
  for (const program of running.reverse()) await program.stop();
});
const limit = { timeout: 60_000 };
const fast = { LIVE_CHECK_INTERVAL: '1', LIVE_BACKOFF_MAX: '1' };

const session = async (api, id) => (await api.call(`/sessions/${id}`)).json;

/** Asks again until the session is in one of the states. */
const reaches = (api, id, ...states) =>
  until(`session ${id} is ${states.join(' or ')}`, async () => {
    const now = await session(api, id);
    return states.includes(now.state) && now;
  });

test('an id keeps its host until it is replaced, and a restart goes on with the new one only', limit, async () => {
  const sim = keep(await startSim('--user', 'anna', '--user', 'bert', '--rate', '100'));
  const api = keep(await startApi(sim, fast));
  await api.connect('s', 'anna');
  const first = await listen(api, '/ws/events/s');
  await first.until((m) => m.length > 20);
  const refused = await api.connect('s', 'bert');
  assert.equal(refused.status, 409);
  assert.equal(refused.json.error, 'CONFLICT');
  await api.call('/disconnect', { method: 'POST', body: { session_id: 's' } });
  assert.equal((await api.connect('s', 'bert')).status, 409, 'also when it does not run');

  const replaced = await api.connect('s', 'bert', { replace: true });
  assert.equal(replaced.status, 200);
  assert.notEqual(replaced.json.epoch, first.messages[0].epoch);
  assert.equal((await first.closed).code, 4004);
  const second = await listen(api, '/ws/events/s?after=0');
  await second.until((m) => m.length > 20);
  assert.equal(new Set(second.messages.slice(1).map((e) => e.room_id)).size, 1);
  assert.equal(second.changes[0].offset, 1);

  api.child.kill('SIGKILL');
  const again = keep(await startApi(sim, fast, api.folder));
  const resumed = await reaches(again, 's', 'connected');
  assert.equal(resumed.username, 'bert');
  const { json } = await again.call('/sessions');
  assert.deepEqual(json.sessions.map((s) => s.username), ['bert']);
});

test('a room that waits is over for the session that did not ask to wait', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--rate', '100'));
  const api = keep(await startApi(sim, fast));
  await api.connect('patient', 'host', { wait_until_live: true });
  await api.connect('hasty', 'host');
  const listener = await listen(api, '/ws/events/patient');
  await listener.until((m) => m.length > 20);
  await fetch(`${sim.origin}/sim/end?user=host`, { method: 'POST' });
  await reaches(api, 'hasty', 'ended');
  await reaches(api, 'patient', 'waiting');

  const late = await api.connect('late', 'host');
  assert.equal(late.json.details.reason, 'user_offline');
  assert.equal((await session(api, 'late')).state, 'failed');
  assert.equal((await session(api, 'patient')).state, 'waiting');
});

test('streaks are closed when the end of a stream is found out by looking', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--seed', '4', '--rate', '300'));
  const api = keep(await startApi(sim, { ...fast, LIVE_STREAK_TIMEOUT: '3600' }));
  await api.connect('s', 'host');
  const listener = await listen(api, '/ws/events/s?after=0');
  const open = (messages) => {
    const ended = new Set();
    const seen = new Set();
    for (const event of messages) if (event.type === 'gift') (event.streak_end ? ended : seen).add(event.streak_id);
    return [...seen].filter((id) => !ended.has(id));
  };
  await listener.until((m) => open(m).length > 0);
  await sim.fault('host', 'offline');
  await sim.fault('host', 'drop');
  await reaches(api, 's', 'ended');
  await listener.until((m) => open(m).length === 0);
  assert.ok(listener.messages.some((e) => e.inferred));
});

test('cleanup deletes what no longer runs, with its events, and leaves the rest alone', limit, async () => {
  const sim = keep(await startSim('--user', 'anna', '--user', 'bert', '--rate', '100'));
  const api = keep(await startApi(sim, fast));
  await api.connect('old', 'anna');
  await api.connect('new', 'bert');
  const listener = await listen(api, '/ws/events/old');
  await listener.until((m) => m.length > 20);
  await api.call('/disconnect', { method: 'POST', body: { session_id: 'old' } });
  const nothing = await api.call('/sessions/cleanup?older_than_seconds=3600', { method: 'POST' });
  assert.equal(nothing.json.cleaned_sessions, 0);
  const cleaned = await api.call('/sessions/cleanup', { method: 'POST' });
  assert.equal(cleaned.json.cleaned_sessions, 1);
  assert.equal((await listener.closed).code, 4004);
  assert.equal((await api.call('/sessions/old/events')).status, 404);
  assert.equal((await session(api, 'new')).state, 'connected');
});
