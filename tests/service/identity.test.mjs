// A log has an identity: an offset never means two events in one epoch, whatever is done to the files.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { onlySqlite } from './databases.mjs';
import { listen, startApi, startSim } from './programs.mjs';

const limit = { timeout: 90_000 };
const sqlite = onlySqlite(limit, 'about the identity file beside a SQLite database');

/** A session `s` of a room that speaks, followed until it has some events. */
async function followed(t) {
  const sim = await startSim('--user', 'host', '--seed', '9', '--rate', '100', '--count', '100000');
  t.after(() => sim.stop());
  const api = await startApi(sim, {});
  t.after(() => rmSync(api.folder, { recursive: true, force: true }));
  assert.equal((await api.connect('s', 'host')).status, 200);
  await more(api, 50);
  return { sim, api };
}

/** Waits until `count` more events were shown; gives epoch and offset of the last. */
async function more(api, count) {
  const reader = await listen(api, '/ws/events/s');
  await reader.until((m) => m.length > count);
  reader.close();
  const { epoch, offset } = reader.messages.at(-1);
  return { epoch, offset };
}

/** Goes on in the folder without following any room. */
const startAgain = (api) => startApi(undefined, { LIVE_RESUME_SESSIONS: 'false' }, api.folder);
const session = async (api) => (await api.call('/sessions/s')).json;
const sidecar = (api) => api.database + '.identity';

function copyTo(api, name) {
  const database = new DatabaseSync(api.database, { readOnly: true });
  database.exec(`VACUUM INTO '${api.folder}/${name}'`);
  database.close();
}
function putBack(api, name) {
  copyFileSync(`${api.folder}/${name}`, api.database);
  for (const tail of ['-wal', '-shm']) rmSync(api.database + tail, { force: true });
}

test('kills and orderly ends keep the epoch and go on with the numbers', limit, async (t) => {
  const { sim, api } = await followed(t);
  const { epoch } = await session(api);
  let last = (await more(api, 1)).offset;
  let now = api;
  for (const end of ['kill', 'kill', 'stop']) {
    await now[end]({ keep: true });
    now = await startApi(sim, {}, api.folder);
    const seen = await more(now, 20);
    assert.equal(seen.epoch, epoch);
    assert.ok(seen.offset > last);
    last = seen.offset;
  }
  await now.kill();
});

test('a database that is copied back begins a new epoch, and readers of the old one are told', sqlite, async (t) => {
  const { api } = await followed(t);
  copyTo(api, 'backup.db'); // while it runs
  const shown = await more(api, 50);
  await api.stop({ keep: true });
  putBack(api, 'backup.db');
  const again = await startAgain(api);
  t.after(() => again.stop({ keep: true }));
  const now = await session(again);
  assert.notEqual(now.epoch, shown.epoch);
  assert.match(now.epoch, /^[0-9a-f]{16}$/);
  assert.ok(now.offset < shown.offset);
  const reader = await listen(again, `/ws/events/s?after=${shown.offset}&epoch=${shown.epoch}`);
  await reader.until((m) => m.length > 0);
  assert.equal(reader.messages[0].recovered, false);
  assert.equal(reader.messages[0].epoch, now.epoch);
  reader.close();
  assert.match(again.output(), /Sessions begin new epochs/);
});

test('a copy of an earlier run is noticed though the sessions have said nothing since', sqlite, async (t) => {
  const { api } = await followed(t);
  await api.stop({ keep: true });
  const quiet = await startAgain(api);
  const { epoch } = await session(quiet);
  copyTo(api, 'backup.db');
  await quiet.stop({ keep: true });
  const later = await startAgain(api);
  assert.equal((await session(later)).epoch, epoch);
  await later.stop({ keep: true });
  putBack(api, 'backup.db');
  const again = await startAgain(api);
  t.after(() => again.stop({ keep: true }));
  assert.notEqual((await session(again)).epoch, epoch);
});

test('a missing, damaged or foreign identity file begins new epochs; the next start keeps them', sqlite, async (t) => {
  const { api } = await followed(t);
  const { epoch } = await session(api);
  await api.stop({ keep: true });
  const foreign = (bytes) => {
    bytes.write('f'.repeat(32), 32);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 124)), 124);
    return bytes;
  };
  const damaged = (bytes) => {
    bytes[150] ^= 1; // in the record of the session
    return bytes;
  };
  const seen = new Set([epoch]);
  for (const [change, words] of [[null, /identity file is missing/], [damaged, /identity file is damaged/], [foreign, /belongs to another database/]]) {
    change ? writeFileSync(sidecar(api), change(readFileSync(sidecar(api)))) : rmSync(sidecar(api));
    const again = await startAgain(api);
    const now = (await session(again)).epoch;
    assert.ok(!seen.has(now), `${words}`);
    seen.add(now);
    assert.match(again.output(), words);
    await again.stop({ keep: true });
    const next = await startAgain(api);
    assert.equal((await session(next)).epoch, now);
    await next.stop({ keep: true });
  }
});

test('a power cut begins a new epoch in what ran, and strict durability needs none', sqlite, async (t) => {
  for (const [durability, same] of [['batched', false], ['strict', true]]) {
    const sim = await startSim('--user', 'host', '--seed', '9', '--rate', '100', '--count', '100000');
    t.after(() => sim.stop());
    const api = await startApi(sim, { EVENTS_DURABILITY: durability });
    t.after(() => rmSync(api.folder, { recursive: true, force: true }));
    assert.equal((await api.connect('s', 'host')).status, 200);
    const { epoch } = await more(api, 50);
    await api.kill();
    // As after another boot.
    const bytes = readFileSync(sidecar(api));
    bytes.write('11111111-2222-4333-8444-555555555555', 64);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 124)), 124);
    writeFileSync(sidecar(api), bytes);
    const again = await startAgain(api);
    assert.equal((await session(again)).epoch === epoch, same, durability);
    await again.stop({ keep: true });
  }
});

test('a database of a version without identities keeps its epochs', sqlite, async (t) => {
  const { api } = await followed(t);
  const { epoch } = await session(api);
  await api.stop({ keep: true });
  const database = new DatabaseSync(api.database);
  // As a version of before the numbered migrations has left it.
  database.exec("DROP TABLE identity; DROP TABLE session_keys; DROP TABLE schema_migrations; DROP TABLE stream_tokens; DROP TABLE sign_in_codes; DROP TABLE hourly_metrics; " +
    "DELETE FROM schema_versions WHERE component = 'identity'; UPDATE schema_versions SET version = version - 1000000");
  database.close();
  rmSync(sidecar(api));
  const again = await startAgain(api);
  t.after(() => again.stop({ keep: true }));
  assert.equal((await session(again)).epoch, epoch);
  assert.ok(existsSync(sidecar(api)));
});
