// Restarts, kills and sessions that come back: nothing is lost or doubled, and what was answered holds.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { complete, equalsTruth, fast, keep, reaches, restarted, stopKept } from './followed_rooms.mjs';
import { KEY, followFromTheStart, listen, said, startApi, startSim, wholeLog } from './programs.mjs';
import { until } from './wait.mjs';

after(stopKept);
const limit = { timeout: 180_000 };

test('a start that is stopped while its sessions start loses nothing', limit, async () => {
  const users = Array.from({ length: 20 }, (_, i) => `host${i}`);
  const sim = keep(await startSim(...users.flatMap((user) => ['--user', user]), '--seed', '9', '--rate', '20', '--count', '250'));
  let api = keep(await startApi(sim, fast));
  for (const user of users) await sim.fault(user, 'offline');
  for (const user of users) assert.equal((await api.connect(user, user, { wait_until_live: true })).status, 200);
  for (const user of users) await sim.fault(user, 'clear');
  for (const user of users) await reaches(api, user, 'connected');
  api.child.kill('SIGKILL');
  await once(api.child, 'exit');
  for (const [signal, ms] of [['SIGTERM', 5], ['SIGKILL', 5], ['SIGTERM', 60], ['SIGKILL', 120], ['SIGTERM', 0]]) {
    api = await restarted(api, sim);
    await new Promise((resolve) => setTimeout(resolve, ms)); // the moment is the point of this test
    api.child.kill(signal);
    await once(api.child, 'exit');
  }
  api = await restarted(api, sim);
  for (const user of users) equalsTruth(await complete(api, sim, user, user));
});

test('a session that has just joined does not take the position of the one that follows', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--seed', '2', '--rate', '100', '--count', '1200'));
  let api = keep(await startApi(sim, fast));
  await followFromTheStart(api, sim, 'z', 'host');
  for (const id of ['a', 'b', 'c']) {
    await reaches(api, 'z', 'connected');
    assert.equal((await api.connect(id, 'host')).status, 200);
    api.child.kill('SIGKILL');
    await once(api.child, 'exit');
    api = await restarted(api, sim);
  }
  const whole = await complete(api, sim, 'z', 'host');
  equalsTruth(whole);
  for (const id of ['a', 'b', 'c']) {
    const own = said(await wholeLog(api, id)).map((e) => e.id);
    const ids = said(whole.log).map((e) => e.id);
    assert.deepEqual(own, ids.slice(ids.indexOf(own[0])), `${id} has all that was said since it joined`);
  }
});

test('what a session tells of its room follows what the room says', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--seed', '3', '--rate', '100', '--count', '400'));
  const api = keep(await startApi(sim, fast));
  const { room_id } = (await api.connect('name', 'host')).json;
  await api.call('/connect', { method: 'POST', body: { session_id: 'number', room_id } });
  const { log } = await complete(api, sim, 'name', 'host');
  const viewers = log.filter((e) => e.type === 'viewers').at(-1).count;
  const likes = log.filter((e) => e.type === 'like').at(-1).total;
  for (const id of ['name', 'number']) {
    // The second upstream may be a frame behind.
    await until(`${id} tells of ${viewers} viewers and ${likes} likes`, async () => {
      const { room } = (await api.call(`/sessions/${id}`)).json;
      return room?.viewers === viewers && room?.likes === likes;
    });
  }
});

test('a session that was disconnected goes on from where it was', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--seed', '3', '--rate', '100', '--count', '500'));
  const api = keep(await startApi(sim, fast));
  const [reader] = await followFromTheStart(api, sim, 's', 'host');
  await reader.until((m) => m.length > 100);
  assert.equal((await api.call('/disconnect', { method: 'POST', body: { session_id: 's' } })).json.status, 'success');
  // The room speaks while anybody listens.
  const other = keep(await startApi(sim, fast));
  assert.equal((await other.connect('o', 'host')).status, 200);
  const elsewhere = await listen(other, '/ws/events/o');
  await elsewhere.until((m) => m.length > 150);
  assert.equal((await api.connect('s', 'host')).json.state, 'connected');
  equalsTruth(await complete(api, sim, 's', 'host'));
  const back = reader.changes.filter((e) => e.state === 'connected').at(-1);
  assert.ok(back.gap_ms > 500 && back.gap_ms < 60_000, `gap_ms ${back.gap_ms}`);
  reader.close();
});

test('every change of state is in the log, with its reason', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--seed', '3', '--rate', '50'));
  let api = keep(await startApi(sim, fast));
  const [reader] = await followFromTheStart(api, sim, 's', 'host');
  await reader.until((m) => m.length > 30);
  await sim.fault('host', 'drop');
  await reader.until(() => reader.changes.filter((e) => e.state === 'connected').length === 2);
  api.child.kill('SIGKILL');
  await once(api.child, 'exit');
  api = await restarted(api, sim);
  await reaches(api, 's', 'connected');
  await api.call('/disconnect', { method: 'POST', body: { session_id: 's' } });
  await api.connect('s', 'host');
  await fetch(`${sim.origin}/sim/end?user=host`, { method: 'POST' });
  await reaches(api, 's', 'ended');
  const log = await listen(api, '/ws/events/s?after=0&types=session', KEY, { all: true });
  await log.until((m) => m.at(-1)?.state === 'ended');
  log.close();
  const changes = log.messages.slice(1);
  assert.deepEqual(changes.map((e) => e.state), ['connecting', 'waiting', 'connected', 'reconnecting', 'connected', 'reconnecting', 'connected',
    'disconnected', 'connecting', 'connected', 'ended']);
  for (const change of changes) assert.ok(change.state === 'connected' || change.reason !== '', JSON.stringify(change));
  for (const change of changes.filter((e) => e.state === 'connected').slice(1)) assert.ok(change.gap_ms >= 0, JSON.stringify(change));
  assert.equal(changes[2].gap_ms, undefined, 'nothing was heard before');
  assert.match(changes[7].reason, /by request of dev/);
  assert.ok(changes[1].next_try_at > changes[1].timestamp);
});

test('sessions that left a room at different places and come back together miss nothing and get nothing twice', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--seed', '6', '--rate', '100', '--count', '1500'));
  const api = keep(await startApi(sim, { ...fast, TIKTOK_HTTP_TIMEOUT: '60' }));
  await sim.fault('host', 'offline');
  for (const id of ['a', 'b']) assert.equal((await api.connect(id, 'host', { wait_until_live: true })).json.state, 'waiting');
  const reader = await listen(api, '/ws/events/b?after=0');
  await sim.fault('host', 'clear');
  const leave = async (id, events) => {
    await reader.until((m) => m.length > events);
    assert.equal((await api.call('/disconnect', { method: 'POST', body: { session_id: id } })).status, 200);
  };
  await leave('a', 200);
  await leave('b', 600);
  await sim.fault('host', 'held_page');
  const back = [api.connect('a', 'host')]; // it asks for what is behind its own place
  await reaches(api, 'a', 'connecting');
  back.push(api.connect('b', 'host'));
  await reaches(api, 'b', 'connecting');
  // What b has had is read by then: these are stored behind it.
  const other = api.connect('other', 'host');
  await reaches(api, 'other', 'connecting');
  assert.equal((await api.call('/sessions/other', { method: 'DELETE' })).status, 200);
  assert.equal((await other).status, 409);
  await sim.fault('host', 'clear');
  for (const { status } of await Promise.all(back)) assert.equal(status, 200);
  for (const id of ['a', 'b']) {
    const kept = await complete(api, sim, id, 'host');
    equalsTruth(kept);
    for (const change of kept.log.filter((e) => e.type === 'session')) assert.doesNotMatch(change.reason, /not replayed/);
  }
});

test('a session that comes back to a room that went on without it is told what it misses', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--seed', '6', '--rate', '100'));
  const api = keep(await startApi(sim, fast));
  for (const id of ['a', 'b']) assert.equal((await api.connect(id, 'host')).status, 200);
  const reader = await listen(api, '/ws/events/b');
  await reader.until((m) => m.length > 50);
  assert.equal((await api.call('/disconnect', { method: 'POST', body: { session_id: 'a' } })).status, 200);
  await reader.until((m) => m.length > 200);
  const back = (await api.connect('a', 'host')).json;
  assert.match(back.reason ?? '', /what it said since the session left is not replayed/);
  reader.close();
  const log = await wholeLog(api, 'a');
  assert.equal(new Set(log.map((e) => e.id)).size, log.length);
});

test('a DELETE that was answered with 200 holds, whatever is written behind it', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--seed', '4', '--rate', '300'));
  let api = keep(await startApi(sim, fast));
  const ids = Array.from({ length: 12 }, (_, i) => `s${i}`);
  for (const id of ids) assert.equal((await api.connect(id, 'host')).status, 200);
  await sim.fault('host', 'drop');
  const deleted = await Promise.all(ids.slice(0, 8).map((id) => api.call(`/sessions/${id}`, { method: 'DELETE' })));
  assert.deepEqual(deleted.map((reply) => reply.status), ids.slice(0, 8).map(() => 200));
  api.child.kill('SIGKILL');
  await once(api.child, 'exit');
  api = await restarted(api, sim);
  assert.deepEqual((await api.call('/sessions')).json.sessions.map((s) => s.session_id).sort(), ids.slice(8).sort());
  for (const id of ids.slice(8)) await reaches(api, id, 'connected');
});
