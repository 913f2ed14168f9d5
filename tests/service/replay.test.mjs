// An export of the service can be played by the simulator, and gives the same events again.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { countBy, followFromTheStart, KEY, startApi, startSim, wholeRoom } from './programs.mjs';
import { skip, withRecordedEvents } from './recording.mjs';

const build = process.env.PAPI_SIM_DIR ?? process.env.PAPI_BUILD_DIR ?? join(import.meta.dirname, '../../build/release');
const leftOut = (e) => ['battle', 'guest'].includes(e.type) || (e.type === 'rank' && e.list !== 'viewers' && e.user) ||
  (e.type === 'room' && ['battle_card', 'battle_task', 'poll', 'subscription'].includes(e.kind));
/** Events whose message the export can be turned back to. */
const replayable = (e) => !e.inferred && e.type !== 'session' && !leftOut(e);

/** An event without what belongs to its session, its room and this installation. */
function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (!value || typeof value !== 'object') return value;
  const skipped = ['offset', 'epoch', 'session_id', 'room_id', 'picture'];
  return Object.fromEntries(Object.entries(value).filter(([name]) => !skipped.includes(name)).map(([name, member]) => [name, plain(member)]));
}

/** Plays the NDJSON to a new service and gives the events that come of it. */
async function replayed(t, ndjson, expected) {
  const folder = mkdtempSync(join(tmpdir(), 'replay-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'export.ndjson');
  writeFileSync(file, ndjson);
  const sim = await startSim('--user', 'again', '--replay', file, '--rate', '2000');
  const api = await startApi(sim, { LIVE_CHECK_INTERVAL: '1' });
  try {
    const [listener] = await followFromTheStart(api, sim, 's', 'again');
    const come = () => listener.messages.slice(1).filter((e) => !e.inferred);
    await listener.until(() => come().length >= expected);
    assert.equal((await sim.truth('again')).total, expected);
    return come();
  } finally {
    await api.stop();
    await sim.stop();
  }
}

/** A message of unknown kind is kept whole, with the number of its room: played again, it is another room's. */
const comparable = (e) => ({ ...plain(e), other_room: e.type === 'unknown' || e.other_room === true });
const byId = (list) => new Map(list.map((e) => [e.id, comparable(e)]));

test('the export of a simulated room, played again, gives the same events', { timeout: 120_000 }, async (t) => {
  const { sim, api, log } = await wholeRoom(['--seed', '5', '--rate', '400', '--count', '800']);
  const ndjson = await (await fetch(`${api.origin}/sessions/s/export?format=ndjson`, { headers: { 'X-API-Key': KEY } })).text();
  await api.stop();
  await sim.stop();
  const wanted = log.filter(replayable);
  const again = await replayed(t, ndjson, wanted.length);
  assert.deepEqual(countBy(again, (e) => e.type), countBy(wanted, (e) => e.type));
  for (const type of ['comment', 'gift', 'like', 'join', 'follow', 'share', 'viewers']) assert.ok(again.some((e) => e.type === type), type);
  assert.deepEqual(byId(again), byId(wanted));
});

test('so does that of real rooms', { skip, timeout: 120_000 }, async (t) => {
  let events;
  await withRecordedEvents(async (recorded) => (events = recorded.events));
  const wanted = events.filter(replayable);
  const again = await replayed(t, events.map((e) => JSON.stringify(e)).join('\n'), wanted.length);
  assert.deepEqual(countBy(again, (e) => e.type), countBy(wanted, (e) => e.type));
  const before = byId(wanted);
  const different = again.filter((event) => !isDeepStrictEqual(comparable(event), before.get(event.id)));
  for (const event of different.slice(0, 5)) assert.deepEqual(comparable(event), before.get(event.id));
});

test('the simulator says which line it cannot read', { timeout: 30_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'replay-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'export.ndjson');
  const play = (...events) => {
    writeFileSync(file, events.map((e) => (typeof e === 'string' ? e : JSON.stringify(e))).join('\n'));
    return spawnSync(join(build, 'webcast-sim'), ['--port', '0', '--host', '127.0.0.1', '--replay', file], { encoding: 'utf8', timeout: 5_000 });
  };
  const good = { offset: 1, type: 'comment', id: '1', comment: 'hi' };
  const bad = play(good, { offset: 2, type: 'comment' });
  assert.equal(bad.status, 1);
  assert.equal(bad.stderr, `webcast-sim: ${file}, line 2: an event has type and id\n`);
  const neither = play(good, '{"method":1}');
  assert.equal(neither.stderr, `webcast-sim: ${file}, line 2: wants method and payload_b64, or an event as the export has it\n`);
});
