// What is kept, for how long, and how safely.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { KEY, listen, startApi, wholeRoom } from './programs.mjs';
import { until } from './wait.mjs';

const running = [];
const keep = (program) => (running.push(program), program);
after(async () => {
  for (const program of running.reverse()) await program.stop();
});
const limit = { timeout: 90_000 };

async function followed(settings) {
  const { sim, api, log } = await wholeRoom(['--seed', '4', '--rate', '500', '--count', '700'], settings);
  keep(sim);
  keep(api);
  return { api, log };
}

test('old events go, figures and numbers stay, and a reader learns that its position is gone', limit, async () => {
  const { api, log } = await followed({ EVENTS_MAX_PER_SESSION: '100', EVENTS_RETENTION_INTERVAL: '1' });
  const last = log.at(-1).offset;
  const page = await until('100 events are left', async () => {
    const { json } = await api.call('/sessions/s/events?after=0&limit=1000');
    return json.events.length <= 100 && json;
  });
  assert.deepEqual(page.events, log.slice(-100));
  assert.equal((await api.call('/sessions/s/stats')).json.events, last);
  for (const [after, recovered, first] of [[0, true, last - 99], [5, false, undefined], [last - 100, true, last - 99], [last - 50, true, last - 49]]) {
    const reader = await listen(api, `/ws/events/s?after=${after}`, KEY, { all: true });
    await reader.until((m) => m.length > (first ? last - first + 1 : 0));
    assert.equal(reader.messages[0].recovered, recovered, `after ${after}`);
    assert.equal(reader.messages[1]?.offset, first, `after ${after}`);
    reader.close();
  }
});

test('without history events are live only, and a restart begins a new epoch', limit, async () => {
  const { api, log } = await followed({ EVENTS_DURABILITY: 'off' });
  assert.deepEqual((await api.call('/sessions/s/events')).json.events, []);
  const reader = await listen(api, '/ws/events/s?after=3');
  await reader.until((m) => m.length > 0);
  assert.equal(reader.messages[0].recovered, false);
  assert.equal(reader.messages[0].offset, log.at(-1).offset);
  reader.close();
  api.child.kill('SIGKILL');
  const again = keep(await startApi(undefined, { EVENTS_DURABILITY: 'off', LIVE_RESUME_SESSIONS: 'false' }, api.folder));
  const afterwards = await listen(again, '/ws/events/s?after=0');
  await afterwards.until((m) => m[0]?.offset === 1 || afterwards.changes.some((e) => e.offset === 1));
  afterwards.close();
  const { json } = await again.call('/sessions/s');
  assert.notEqual(json.epoch, log[0].epoch);
  assert.equal(json.offset, 1, 'the event that says that it is disconnected');
  assert.equal(json.state, 'disconnected');
});

test('what an earlier run has kept is not served as the log of a run without history', limit, async () => {
  const { api } = await followed({});
  api.child.kill('SIGKILL');
  const again = keep(await startApi(undefined, { EVENTS_DURABILITY: 'off', LIVE_RESUME_SESSIONS: 'false' }, api.folder));
  const reader = await listen(again, '/ws/events/s?after=0');
  // Of this run: the event that says that the session is disconnected. It may come before the reader or behind it.
  await reader.until((m) => m[0]?.offset === 1 || reader.changes.some((e) => e.offset === 1));
  assert.ok(reader.messages[0].offset <= 1);
  assert.deepEqual((await again.call('/sessions/s/events')).json.events, []);
  reader.close();
});

test('strict durability delivers the same', limit, async () => {
  const { api, log } = await followed({ EVENTS_DURABILITY: 'strict' });
  assert.deepEqual((await api.call('/sessions/s/events?limit=1000')).json.events, log);
});
