// Quiet streams: what is sent in them, so that no proxy closes them and a reader can tell a quiet room from a dead connection.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificate, folderOf, linesOf, openSocket } from './clients.mjs';
import { KEY, startApi, startSim } from './programs.mjs';
import { proxyKinds, startProxy } from './reverse_proxies.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 60_000 };
const ndjson = { 'X-API-Key': KEY, Accept: 'application/x-ndjson' };

/** A session that has a log and is quiet: its room is not followed any more. */
async function quietSession(t) {
  const sim = await startSim('--user', 'host', '--rate', '50', '--count', '100000');
  t.after(() => sim.stop());
  const api = await startApi(sim, { SSE_HEARTBEAT: '1', WEBSOCKET_PING_INTERVAL: '1', TRUSTED_PROXIES: '127.0.0.1' });
  t.after(() => api.stop());
  assert.equal((await api.connect('quiz', 'host')).status, 200);
  await until('20 events', async () => (await api.call('/sessions/quiz/events')).json.events.length >= 20);
  assert.equal((await api.call('/disconnect', { method: 'POST', body: { session_id: 'quiz' } })).status, 200);
  const { events, epoch } = await until('the event of the disconnect', async () => {
    const { json } = await api.call('/sessions/quiz/events?limit=1000');
    return json.events.at(-1).state === 'disconnected' && json;
  });
  return { api, events, heartbeat: { type: 'heartbeat', epoch, offset: events.at(-1).offset } };
}

const parsed = (lines) => lines.map(({ text }) => JSON.parse(text)); // none is empty: JSON.parse("") throws
const heartbeatsOf = (lines) => lines.filter(({ text }) => text.startsWith('{"type":"heartbeat"') || text.startsWith(': keep-alive'));

test('what is sent in quiet streams and sockets comes at once and keeps them open, also behind nginx, haproxy and Caddy', limit, async (t) => {
  const { api, events, heartbeat } = await quietSession(t);
  const own = certificate(folderOf(t), 'localhost');
  const three = (lines) => heartbeatsOf(lines).length === 3;
  const reads = async (where, origin) => {
    const options = { ca: own.ca, headers: { 'X-API-Key': KEY } };
    const begun = performance.now();
    const pinged = async () => {
      const socket = await openSocket(`${origin}/ws/events/quiz`, options);
      await socket.until(() => socket.pings.length === 3);
      assert.equal(socket.pings.length, 3, `${where}: ${await Promise.race([socket.closed, ''])}`);
      socket.destroy();
      return socket.pings.map((at) => ({ at }));
    };
    const [all, filtered, comments, pings] = await Promise.all([
      linesOf(`${origin}/sessions/quiz/events?follow=1`, { ca: own.ca, headers: ndjson }, three),
      linesOf(`${origin}/sessions/quiz/events?follow=1&types=battle&after=5`, { ca: own.ca, headers: ndjson }, three),
      linesOf(`${origin}/sessions/quiz/stream`, options, three),
      pinged(),
    ]);
    assert.deepEqual(parsed(all), [...events, heartbeat, heartbeat, heartbeat], `${where}: the offset is the last event’s`);
    assert.deepEqual(parsed(filtered), Array(3).fill({ ...heartbeat, offset: 5 }), `${where}: nothing was given behind it`);
    for (const beats of [heartbeatsOf(all), heartbeatsOf(filtered), heartbeatsOf(comments), pings]) {
      const [first, , third] = beats.map(({ at }) => at - begun);
      assert.ok(third > 2900, `${where}: ${third} ms for three, of which each waits a second`);
      assert.ok(third - first > 1000, `${where}: they came together, ${third - first} ms from first to third`);
    }
  };
  // Each gives up what is silent for 2.5 s, so that only these signs of life keep it open.
  const proxies = await Promise.all(proxyKinds.map((kind) => startProxy(kind, t, api, own, { idle: 2500 })));
  await Promise.all([reads('directly', api.origin), ...proxies.map(({ origin }, i) => reads(proxyKinds[i], origin))]);
});

test('a reader that remembers the offset of every line goes on where it was, and a heartbeat is no event', limit, async (t) => {
  const { api, events, heartbeat } = await quietSession(t);
  const follow = (position) => `${api.origin}/sessions/quiz/events?follow=1&after=${position.offset}&epoch=${position.epoch}`;
  const again = linesOf(follow(heartbeat), { headers: ndjson }, (lines) => parsed(lines).some((line) => line.type === 'comment'));
  await linesOf(follow(heartbeat), { headers: ndjson }, (lines) => lines.length === 1);
  assert.equal((await api.connect('quiz', 'host')).status, 200);
  const lines = parsed(await again);
  const quiet = lines.filter((line) => line.type === 'heartbeat');
  const told = lines.filter((line) => line.type !== 'heartbeat');
  assert.ok(quiet.length > 0);
  for (const line of quiet) assert.deepEqual(Object.keys(line), ['type', 'epoch', 'offset']);
  assert.deepEqual(told.map((event) => event.offset), told.map((_, i) => heartbeat.offset + 1 + i), 'each event once');
  // Without follow the log ends, and has no such line.
  const whole = await (await fetch(`${api.origin}/sessions/quiz/events?after=0`, { headers: ndjson })).text();
  assert.doesNotMatch(whole, /heartbeat/);
  assert.deepEqual(whole.trim().split('\n').slice(0, events.length).map((line) => JSON.parse(line)), events);
});
