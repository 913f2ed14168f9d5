// Every figure can be recomputed from the log, and is.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { query } from './databases.mjs';
import { countBy, KEY, wholeRoom } from './programs.mjs';

let sim;
let api;
let log;
before(async () => {
  ({ sim, api, log } = await wholeRoom(['--seed', '11', '--rate', '300', '--count', '900']));
});
after(async () => {
  await api.stop();
  await sim.stop();
});

const sum = (list, value) => list.reduce((total, e) => total + value(e), 0);
const ofType = (type) => log.filter((e) => e.type === type);

test('stats are the sums of the log', { timeout: 60_000 }, async () => {
  const { status, json } = await api.call('/sessions/s/stats');
  assert.equal(status, 200);
  assert.equal(json.events, log.length);
  const counts = countBy(log, (e) => e.type);
  for (const [type, n] of Object.entries(json.by_type)) assert.equal(n, counts[type] ?? 0, type);
  const ends = ofType('gift').filter((e) => e.streak_end);
  assert.deepEqual(json.gifts, { streaks: ends.length, count: sum(ends, (e) => e.count), diamonds: sum(ends, (e) => e.diamonds) });
  const truth = await sim.truth('host');
  assert.equal(json.gifts.diamonds, truth.gifts.diamonds);
  assert.deepEqual(json.likes, { taps: sum(ofType('like'), (e) => e.count), total: Math.max(...ofType('like').map((e) => e.total)) });
  const viewers = ofType('viewers').map((e) => e.count);
  assert.deepEqual(json.viewers, { now: viewers.at(-1), peak: Math.max(...viewers),
    mean: Math.floor((sum(viewers, (n) => n) + Math.floor(viewers.length / 2)) / viewers.length) });
  assert.equal(json.unique_users, new Set(log.flatMap((e) => (e.user && e.user.id !== '0' ? [e.user.id] : []))).size);
});

test('leaderboards rank by the log, all of it and a window', { timeout: 60_000 }, async () => {
  const scores = {
    comments: (e) => (e.type === 'comment' ? 1 : 0),
    gifts: (e) => (e.type === 'gift' && e.streak_end ? e.diamonds : 0),
    likes: (e) => (e.type === 'like' ? e.count : 0),
    shares: (e) => (e.type === 'share' ? 1 : 0),
  };
  for (const [by, score] of Object.entries(scores)) {
    const totals = new Map();
    for (const e of log) if (e.user) totals.set(e.user.id, (totals.get(e.user.id) ?? 0) + score(e));
    const expected = [...totals].filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1] || (BigInt(a[0]) < BigInt(b[0]) ? -1 : 1)).slice(0, 5);
    for (const window of ['', '&window=3600']) {
      const { json } = await api.call(`/sessions/s/leaderboard?by=${by}&limit=5${window}`);
      assert.deepEqual(json.leaderboard.map((p) => [p.user.id, p.score]), expected, by + window);
      json.leaderboard.forEach((p, i) => assert.equal(p.rank, i + 1));
      for (const p of json.leaderboard) assert.ok(p.user.username && p.user.nickname && p.user.avatar_url);
    }
  }
});

test('the timeline adds up to the log', { timeout: 60_000 }, async () => {
  for (const bucket of [10, 60]) {
    const { json } = await api.call(`/sessions/s/timeline?bucket=${bucket}`);
    const expected = new Map();
    for (const e of log) {
      const start = e.timestamp_ms - (e.timestamp_ms % (bucket * 1000));
      expected.set(start, (expected.get(start) ?? 0) + 1);
    }
    assert.deepEqual(json.buckets.map((b) => [b.starts_at_ms, b.events]), [...expected].sort((a, b) => a[0] - b[0]));
  }
});

test('the export holds every event, as NDJSON and as CSV that no spreadsheet runs', { timeout: 60_000 }, async () => {
  const get = async (path) => {
    const reply = await fetch(api.origin + path, { headers: { 'X-API-Key': KEY } });
    assert.equal(reply.status, 200);
    const format = path.includes('csv') ? 'csv' : 'ndjson';
    const today = new Date().toISOString().slice(0, 10);
    assert.equal(reply.headers.get('content-disposition'), `attachment; filename="events-s-${today}.${format}"`);
    return reply.text();
  };
  const lines = (await get('/sessions/s/export?format=ndjson')).trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(lines, log);
  const csv = (await get('/sessions/s/export?format=csv')).split('\r\n');
  assert.equal(csv.length, log.length + 2);
  assert.match(csv[0], /^offset,id,type,timestamp,user_id,username,nickname,comment,/);
  for (const cell of csv.slice(1).join(',').split(/[,;\t]/)) assert.doesNotMatch(cell, /^ *"?[=+@\t\r]/);
  const names = csv[0].split(',');
  assert.equal(new Set(names).size, names.length);
  for (const event of log) {
    for (const name of [...Object.keys(event).filter((n) => n !== 'user'), ...Object.keys(event.user ?? {}).map((n) => (n === 'id' ? 'user_id' : n))])
      assert.ok(names.includes(name), `${event.type}.${name} has a column`);
  }
  const marked = Buffer.from(await (await fetch(`${api.origin}/sessions/s/export?format=csv&bom=1`, { headers: { 'X-API-Key': KEY } })).arrayBuffer());
  assert.deepEqual([...marked.subarray(0, 9)], [0xef, 0xbb, 0xbf, ...Buffer.from('offset')]);
  assert.equal(marked.subarray(3).toString(), csv.join('\r\n'));
  const gifts = await get('/sessions/s/export?format=ndjson&types=gift');
  assert.equal(gifts.trim().split('\n').length, ofType('gift').length);
});

test('a window leaves out what is older than it', { timeout: 60_000 }, async () => {
  const half = Math.floor(log.length / 2);
  // The first half becomes two hours old. A window is counted from the events themselves.
  query(api.folder, `UPDATE events SET timestamp_ms = timestamp_ms - 7200000 WHERE "offset" <= ${half}`);
  const comments = (events) => {
    const counts = countBy(events.filter((e) => e.type === 'comment'), (e) => e.user.id);
    return Object.entries(counts).sort((a, b) => b[1] - a[1] || (BigInt(a[0]) < BigInt(b[0]) ? -1 : 1));
  };
  const recent = comments(log.filter((e) => e.offset > half));
  assert.notDeepEqual(recent, comments(log), 'the halves differ');
  for (const [window, expected] of [['', comments(log)], ['&window=3600', recent], ['&window=10800', comments(log)]]) {
    const { json } = await api.call(`/sessions/s/leaderboard?by=comments&limit=1000${window}`);
    assert.deepEqual(json.leaderboard.map((p) => [p.user.id, p.score]), expected, window);
    assert.equal(json.window_seconds, window ? Number(window.split('=')[1]) : undefined);
  }
});

test('wrong questions name what is wrong', { timeout: 60_000 }, async () => {
  for (const [path, field] of [['leaderboard?by=fame', 'by'], ['leaderboard?limit=0', 'limit'], ['leaderboard?window=-1', 'window'],
    ['timeline?bucket=7', 'bucket'], ['timeline?bucket=15', 'bucket'], ['timeline?since=yesterday', 'since'], ['export?format=xls', 'format'], ['export?format=csv&bom=yes', 'bom'], ['export?bom=1', 'bom']]) {
    const { status, json } = await api.call(`/sessions/s/${path}`);
    assert.equal(status, 400, path);
    assert.equal(json.details.field, field, path);
  }
  for (const path of ['stats', 'leaderboard', 'timeline', 'export', 'events', 'stream'])
    assert.equal((await api.call(`/sessions/nobody/${path}`)).status, 404, path);
});
