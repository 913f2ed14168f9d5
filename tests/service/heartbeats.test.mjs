// Quiet streams: what is sent in them, so that no proxy closes them and a reader can tell a quiet room from a dead connection.
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { test } from 'node:test';
import { certificate, folderOf, startNginx } from './nginx.mjs';
import { KEY, startApi, startSim } from './programs.mjs';

const limit = { timeout: 60_000 };
const ndjson = { 'X-API-Key': KEY, Accept: 'application/x-ndjson' };

/** A session that has a log and is quiet: its room is not followed any more. */
async function quietSession(t) {
  const sim = await startSim('--user', 'host', '--rate', '50', '--count', '100000');
  t.after(() => sim.stop());
  const api = await startApi(sim, { SSE_HEARTBEAT: '1', TRUSTED_PROXIES: '127.0.0.1' });
  t.after(() => api.stop());
  assert.equal((await api.connect('quiz', 'host')).status, 200);
  while ((await api.call('/sessions/quiz/events')).json.events.length < 20);
  assert.equal((await api.call('/disconnect', { method: 'POST', body: { session_id: 'quiz' } })).status, 200);
  let events, epoch;
  do ({ events, epoch } = (await api.call('/sessions/quiz/events?limit=1000')).json);
  while (events.at(-1).state !== 'disconnected');
  return { api, events, heartbeat: { type: 'heartbeat', epoch, offset: events.at(-1).offset } };
}

/** Reads whole lines until they are `enough`; `at`: when each came. */
const linesOf = (url, options, enough) =>
  new Promise((resolve, reject) => {
    const lines = [];
    let rest = '';
    const request = (url.startsWith('https') ? https : http).get(url, options, (reply) => {
      if (reply.statusCode !== 200) return reject(new Error(`status ${reply.statusCode}`));
      reply.setEncoding('utf8').on('data', (chunk) => {
        const whole = (rest + chunk).split('\n');
        rest = whole.pop();
        for (const text of whole) lines.push({ text, at: performance.now() });
        if (enough(lines)) request.destroy(), resolve(lines);
      });
    });
    request.on('error', (error) => error.code === 'ECONNRESET' || reject(error));
  });

const parsed = (lines) => lines.map(({ text }) => JSON.parse(text)); // none is empty: JSON.parse("") throws
const heartbeatsOf = (lines) => lines.filter(({ text }) => text.startsWith('{"type":"heartbeat"') || text.startsWith(': keep-alive'));

test('a quiet NDJSON stream has heartbeats as often as an event stream has comments, also behind nginx', limit, async (t) => {
  const { api, events, heartbeat } = await quietSession(t);
  const own = certificate(folderOf(t), 'localhost');
  const proxy = await startNginx(t, api, own);
  const three = (lines) => heartbeatsOf(lines).length === 3;
  for (const origin of [api.origin, proxy]) {
    const begun = performance.now();
    const [all, filtered, comments] = await Promise.all([
      linesOf(`${origin}/sessions/quiz/events?follow=1`, { ca: own.ca, headers: ndjson }, three),
      linesOf(`${origin}/sessions/quiz/events?follow=1&types=battle&after=5`, { ca: own.ca, headers: ndjson }, three),
      linesOf(`${origin}/sessions/quiz/stream`, { ca: own.ca, headers: { 'X-API-Key': KEY } }, three),
    ]);
    assert.deepEqual(parsed(all), [...events, heartbeat, heartbeat, heartbeat], 'the offset is the last event’s');
    assert.deepEqual(parsed(filtered), Array(3).fill({ ...heartbeat, offset: 5 }), 'nothing was given behind it');
    for (const lines of [all, filtered, comments]) {
      const passed = heartbeatsOf(lines)[2].at - begun;
      assert.ok(passed > 2900, `${passed} ms for three, of which each waits a second`);
    }
  }
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
