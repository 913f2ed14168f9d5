// A database that is locked or damaged: what could not be stored has not happened, and nothing waits for ever.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { after, test } from 'node:test';
import { holdLock, onSqlite, onlySqlite } from './databases.mjs';
import { complete, equalsTruth, fast, keep, reaches, restarted, stopKept } from './followed_rooms.mjs';
import { followFromTheStart, listen, sanitized, startApi, startSim } from './programs.mjs';
import { until } from './wait.mjs';

after(stopKept);

const limit = { timeout: 180_000 };
/** What is logged while a lock keeps writes waiting, and what a change is answered that could not wait any longer. */
const refusedWrite = onSqlite ? 'Database cannot be written' : 'Database write failed';
const refusedChange = onSqlite ? 500 : 503;

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
  // The second one and those behind it are counted for a minute.
  await until('more than one refused write', () => new RegExp(`${refusedWrite}[^]*${refusedWrite}[^\n]*"repeated":\\d`).test(api.output()), { seconds: 90 });
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
