// Restarts, kills and a database in trouble: nothing is lost, doubled or miscounted, and what was answered holds.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { after, test } from 'node:test';
import { holdLock, onSqlite, onlySqlite } from './databases.mjs';
import { KEY, followFromTheStart, listen, said, sanitized, startApi, startSim, wholeLog } from './programs.mjs';
import { until } from './wait.mjs';

const running = [];
const keep = (program) => (running.push(program), program);
after(async () => {
  for (const program of running.reverse()) await program.stop();
});
const limit = { timeout: 180_000 };
const fast = { LIVE_CHECK_INTERVAL: '1', LIVE_BACKOFF_MAX: '1', LIVE_SILENCE_TIMEOUT: '5' };
/** What is logged while a lock keeps writes waiting, and what a change is answered that could not wait any longer. */
const refusedWrite = onSqlite ? 'Database cannot be written' : 'Database write failed';
const refusedChange = onSqlite ? 500 : 503;

const restarted = async (api, sim, settings = {}) => keep(await startApi(sim, { ...fast, ...settings }, api.folder));

const reaches = (api, id, ...states) =>
  until(`session ${id} is ${states.join(' or ')}`, async () => {
    const { json } = await api.call(`/sessions/${id}`);
    return states.includes(json.state) && json;
  }, { seconds: 90 });

/** Waits until a session's log holds all that the room has said. */
async function complete(api, sim, session, user) {
  const reader = await listen(api, `/ws/events/${session}?after=0`, KEY, { all: true });
  const sent = () => said(reader.messages.slice(1)).filter((e) => !e.inferred);
  let truth;
  do {
    truth = await sim.truth(user);
    await reader.until(() => sent().length >= truth.total + (truth.done ? 0 : 1));
  } while (!truth.done);
  reader.close();
  return { truth, log: reader.messages.slice(1), sent: sent() };
}

function equalsTruth({ truth, log, sent }) {
  assert.equal(sent.length, truth.total);
  assert.equal(new Set(log.map((e) => e.id)).size, log.length, 'an id came twice');
  assert.deepEqual(log.map((e) => e.offset), log.map((_, i) => i + 1));
}

/** Locks the database as an operator's tool does. */
async function lock(api) {
  const { held, release } = await holdLock(api.folder);
  assert.ok(held);
  return release;
}

/** The same for some seconds. Returns a function that waits until the lock is gone. */
async function lockFor(api, seconds) {
  const release = await lock(api);
  const released = new Promise((resolve) => setTimeout(resolve, seconds * 1000)).then(release);
  return () => released;
}

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

test('the limit of a key counts starts that are being stored', limit, async () => {
  const sim = keep(await startSim('--user', 'anna', '--user', 'bert', '--rate', '20'));
  const api = keep(await startApi(sim, { ...fast, LIVE_MAX_SESSIONS_PER_KEY: '1' }));
  for (const user of ['anna', 'bert']) {
    assert.equal((await api.connect(user, user)).status, 200);
    assert.equal((await api.call('/disconnect', { method: 'POST', body: { session_id: user } })).status, 200);
  }
  const unlock = await lock(api);
  const both = ['anna', 'bert'].map((user) => api.connect(user, user));
  assert.equal((await Promise.race(both)).status, 429, 'while the other one waits for the lock');
  await unlock();
  assert.deepEqual((await Promise.all(both)).map((reply) => reply.status).sort(), [200, 429]);
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

test('a database that is locked at the start fails no session', limit, async () => {
  const users = ['anna', 'bert', 'carl'];
  const sim = keep(await startSim(...users.flatMap((user) => ['--user', user]), '--seed', '4', '--rate', '40', '--count', '700'));
  let api = keep(await startApi(sim, fast));
  for (const user of users) await sim.fault(user, 'offline');
  for (const user of users) await api.connect(user, user, { wait_until_live: true });
  for (const user of users) await sim.fault(user, 'clear');
  for (const user of users) await reaches(api, user, 'connected');
  api.child.kill('SIGKILL');
  await once(api.child, 'exit');
  const unlocked = await lockFor(api, 7);
  api = await restarted(api, sim);
  await unlocked();
  const unlock = await lock(api); // while the sessions start
  await api.logged(new RegExp(`${refusedWrite}[^]*${refusedWrite}`));
  await unlock();
  for (const user of users) equalsTruth(await complete(api, sim, user, user));
});

test('a start, DELETE, replace or disconnect that could not be stored has not happened', limit, async () => {
  const sim = keep(await startSim('--user', 'anna', '--user', 'bert', '--seed', '4', '--rate', '40', '--count', '1500'));
  let api = keep(await startApi(sim, fast));
  await followFromTheStart(api, sim, 's', 'anna');
  await reaches(api, 's', 'connected');
  const epoch = (await api.call('/sessions/s')).json.epoch;
  assert.equal((await api.connect('idle', 'anna')).status, 200);
  assert.equal((await api.call('/disconnect', { method: 'POST', body: { session_id: 'idle' } })).status, 200);
  const unlock = await lock(api);
  assert.equal((await api.connect('idle', 'anna')).status, refusedChange);
  assert.equal((await api.call('/sessions/idle')).json.state, 'disconnected', 'shown only when it is stored');
  assert.equal((await api.call('/sessions/s', { method: 'DELETE' })).status, refusedChange);
  assert.equal((await api.call('/sessions/s')).json.epoch, epoch);
  await api.call('/sessions/t', { method: 'DELETE' });
  assert.equal((await api.call('/disconnect', { method: 'POST', body: { session_id: 's' } })).status, refusedChange);
  assert.equal((await api.connect('t', 'bert')).status, refusedChange);
  assert.equal((await api.call('/sessions/t')).status, 404);
  await unlock();
  await reaches(api, 's', 'connected');
  const refused = await lock(api);
  // It does not run while the database is locked, but it is still the session that it was.
  const replaced = await api.connect('s', 'bert', { replace: true });
  assert.equal(replaced.status, refusedChange);
  assert.equal((await api.call('/sessions/s')).json.username, 'anna');
  await refused();
  api.child.kill('SIGKILL');
  await once(api.child, 'exit');
  api = await restarted(api, sim);
  const { json } = await api.call('/sessions');
  assert.equal(json.sessions.find((s) => s.session_id === 'idle').state, 'disconnected');
  const others = json.sessions.filter((s) => s.session_id !== 'idle');
  assert.deepEqual(others.map((s) => [s.session_id, s.username, s.epoch]), [['s', 'anna', epoch]]);
  equalsTruth(await complete(api, sim, 's', 'anna'));
});

test('a stop while the database is locked does not wait for the lock, and nothing is lost', limit, async () => {
  const sim = keep(await startSim('--user', 'anna', '--user', 'bert', '--seed', '5', '--rate', '100', '--count', '800'));
  let api = keep(await startApi(sim, { ...fast, SERVER_SHUTDOWN_TIMEOUT: '1' }));
  for (const user of ['anna', 'bert']) await followFromTheStart(api, sim, user, user);
  const unlock = await lock(api);
  const connecting = api.connect('late', 'anna').catch(() => null); // its row waits for the lock
  await api.logged(new RegExp(refusedWrite));
  api.child.kill('SIGTERM');
  const asked = Date.now();
  const [code, signal] = await once(api.child, 'exit');
  assert.ok(Date.now() - asked < (sanitized ? 60_000 : 20_000), `it ended after ${Date.now() - asked} ms`);
  assert.deepEqual([code, signal], [0, null], api.output());
  assert.match(api.output(), /Live rooms did not stop in time[\s\S]*"Stopped"/);
  await connecting;
  await unlock();
  api = await restarted(api, sim);
  for (const user of ['anna', 'bert']) equalsTruth(await complete(api, sim, user, user));
});

test('a /connect that is being stored when the service stops does not hold it up', limit, async () => {
  const sim = keep(await startSim('--user', 'anna', '--user', 'bert', '--seed', '5', '--rate', '20'));
  let api = keep(await startApi(sim, { ...fast, LIVE_CONNECT_TIMEOUT: '60' }));
  await api.connect('anna', 'anna');
  const unlock = await lock(api);
  const connecting = api.connect('late', 'bert').catch(() => null); // its row waits for the lock
  await api.call('/sessions');
  api.child.kill('SIGTERM');
  const asked = Date.now();
  const exit = once(api.child, 'exit');
  await api.logged(/Shutting down/);
  await unlock();
  assert.deepEqual(await exit, [0, null], api.output());
  assert.ok(Date.now() - asked < 20_000, 'it waited for the room');
  const answer = await connecting;
  if (answer) assert.equal(answer.status, 503, JSON.stringify(answer.json));
  api = await restarted(api, sim);
  await reaches(api, 'anna', 'connected');
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

test('a page that cannot be read keeps its own session waiting, and no other', onlySqlite(limit), async () => {
  const sim = keep(await startSim('--user', 'anna', '--user', 'bert', '--seed', '4', '--rate', '200'));
  let api = keep(await startApi(sim, fast));
  for (const id of ['anna', 'bert']) {
    assert.equal((await api.connect(id, id)).status, 200);
    const reader = await listen(api, `/ws/events/${id}?after=0`);
    await reader.until((m) => m.length > 300);
    reader.close();
  }
  await api.stop({ keep: true });
  const query = (sql) => execFileSync('sqlite3', [api.database, sql], { encoding: 'utf8' }).trim();
  query('PRAGMA wal_checkpoint(TRUNCATE)');
  // A leaf page of the table of events that holds rows of the first session only.
  const page = Number(query("SELECT pageno FROM dbstat WHERE name='events' AND pagetype='leaf' ORDER BY path LIMIT 1 OFFSET 2"));
  const size = Number(query('PRAGMA page_size'));
  const file = openSync(api.database, 'r+');
  writeSync(file, Buffer.alloc(size, 0xff), 0, size, (page - 1) * size);
  closeSync(file);
  api = await restarted(api, sim);
  await reaches(api, 'bert', 'connected');
  await api.logged(/malformed/);
  const { json } = await api.call('/sessions/anna');
  assert.equal(json.state, 'reconnecting');
  assert.match(json.reason, /database/);
});

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
