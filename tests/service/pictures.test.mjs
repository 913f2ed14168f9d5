// A person's picture by the address that events give: known at once, lasting, public, gone after erasure.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { query } from './databases.mjs';
import { KEY, listen, startApi, startSim } from './programs.mjs';
import { until } from './wait.mjs';

const limit = { timeout: 60_000 };
const running = [];
const keep = (program) => (running.push(program), program);
let sim;
before(async () => {
  sim = keep(await startSim('--user', 'host', '--seed', '31', '--rate', '200'));
});
after(async () => {
  for (const program of running.reverse()) await program.stop();
});

const picture = (api, path, headers = {}, method = 'GET') => fetch(api.origin + path, { method, headers });
const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Every object in `value` that is a user: it has an id and a nickname. */
function* usersIn(value) {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value) && 'id' in value && 'nickname' in value) yield value;
  for (const member of Object.values(value)) yield* usersIn(member);
}

async function follow(api, count) {
  assert.equal((await api.connect('s', 'host')).status, 200);
  const listener = await listen(api, '/ws/events/s?after=0');
  await listener.until((m) => m.length > count);
  listener.close();
  return listener.messages.slice(1);
}

test('each user of an event and of a leaderboard has a picture, which is there at once', limit, async () => {
  const api = keep(await startApi(sim, { AVATAR_LIVE_ENABLED: 'false', BASE_PATH: undefined }));
  const events = await follow(api, 300);
  const people = new Map();
  let nested = 0;
  for (const event of events) {
    for (const user of usersIn(event)) {
      if (user.id === '0') continue;
      assert.match(user.picture, /^\/pictures\/[A-Za-z0-9_-]{32}$/);
      assert.equal(people.get(user.id)?.picture ?? user.picture, user.picture, 'the same wherever a person stands');
      people.set(user.id, user);
      if (user !== event.user) ++nested;
    }
  }
  assert.ok(people.size > 20 && nested > 0, `${people.size} people, ${nested} nested`);
  assert.equal(new Set([...people.values()].map((user) => user.picture)).size, people.size);
  for (const user of people.values()) {
    const reply = await picture(api, user.picture);
    assert.equal(reply.status, 200, JSON.stringify(user));
    assert.match(await reply.text(), /^<svg /, 'without a profile there are initials');
    assert.equal(reply.headers.get('content-type'), 'image/svg+xml');
    assert.equal(reply.headers.get('cache-control'), 'public, max-age=300');
  }
  const { json } = await api.call('/sessions/s/leaderboard?by=comments');
  assert.ok(json.leaderboard.length > 3);
  for (const { user } of json.leaderboard) assert.equal(user.picture, people.get(user.id)?.picture ?? user.picture);
});

test('it answers HEAD and conditions without credentials, and wrong keys with 404', limit, async () => {
  const api = keep(await startApi(sim, { AVATAR_LIVE_ENABLED: 'false' }));
  const [{ user }] = (await follow(api, 50)).filter((event) => event.user?.username);
  const head = await picture(api, user.picture, {}, 'HEAD');
  assert.equal(head.status, 200);
  assert.ok(Number(head.headers.get('content-length')) > 100);
  const tag = head.headers.get('etag');
  for (const condition of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
    const reply = await picture(api, user.picture, { 'If-None-Match': condition });
    assert.deepEqual([reply.status, reply.headers.get('etag')], [304, tag], condition);
  }
  assert.equal((await picture(api, user.picture, { 'If-None-Match': '"other"' })).status, 200);
  const key = user.picture.slice('/pictures/'.length);
  const flipped = (at) => key.slice(0, at) + (key[at] === 'A' ? 'B' : 'A') + key.slice(at + 1);
  for (const wrong of [flipped(0), flipped(31), 'A'.repeat(32), key.slice(1), `${key}A`, '%2e%2e%2f', '%00']) {
    const reply = await picture(api, `/pictures/${wrong}`);
    assert.equal(reply.status, 404, wrong);
    await reply.body.cancel();
  }
  // Another installation gives another address.
  const other = keep(await startApi(sim, { AVATAR_LIVE_ENABLED: 'false' }));
  assert.equal((await picture(other, user.picture)).status, 404);
});

test('it lasts over a restart and without an event log, and becomes the best picture that is known', limit, async () => {
  const settings = { AVATAR_LIVE_PER_MINUTE: '6000', EVENTS_DURABILITY: 'off', LIVE_RESUME_SESSIONS: 'false' };
  let api = await startApi(sim, settings);
  const events = await follow(api, 100);
  const { user } = events.find((event) => event.user?.username && event.user.avatar_url);
  await until(`the picture of ${user.username}`, async () =>
    (await api.call('/profiles?source=live&limit=500')).json.items.some((item) => item.username === user.username.toLowerCase()));
  const face = Buffer.from(await (await fetch(user.avatar_url)).arrayBuffer());
  const folder = api.folder;
  for (const where of ['memory', 'the database']) {
    const reply = await picture(api, user.picture);
    assert.equal(reply.headers.get('content-type'), 'image/png', where);
    assert.equal(hash(Buffer.from(await reply.arrayBuffer())), hash(face), where);
    if (where === 'memory') await api.stop({ keep: true }), (api = keep(await startApi(sim, settings, folder)));
  }
});

test('a look at it asks nobody outside', limit, async () => {
  const api = keep(await startApi(sim, { AVATAR_LIVE_ENABLED: 'false', AVATAR_INITIALS_LIFETIME: '60', AVATAR_GENERATOR_ENABLED: 'false' }));
  const events = await follow(api, 100);
  const names = events.filter((event) => event.user?.username).map((event) => event.user);
  const state = async () => (await fetch(`${sim.origin}/sim/state`)).json();
  const before = await state();
  for (const user of names) assert.equal((await picture(api, user.picture)).status, 200);
  const now = await state();
  assert.deepEqual([now.profile_pages, now.pictures], [before.profile_pages, before.pictures]);
  assert.equal((await api.call('/profiles')).json.items.length, 0, 'and makes no profile');
});

test('who is forgotten has no picture until seen anew', limit, async () => {
  const room = await startSim('--user', 'host', '--seed', '32', '--rate', '100');
  const api = await startApi(room, { AVATAR_LIVE_ENABLED: 'false' });
  try {
    const events = await follow(api, 100);
    const { user } = events.find((event) => event.type === 'comment' && event.user.username);
    await api.call('/disconnect', { method: 'POST', body: { session_id: 's' } });
    assert.equal((await picture(api, user.picture)).status, 200);
    assert.equal((await api.call(`/profile/${user.username}`, { method: 'DELETE' })).status, 200);
    assert.equal((await picture(api, user.picture)).status, 404);
    assert.equal(query(api.folder, `SELECT count(*) FROM people WHERE username = '${user.username.toLowerCase()}'`), '0');
    // They speak again: the same address is theirs.
    await api.connect('s', 'host');
    const listener = await listen(api, '/ws/events/s');
    await listener.until((m) => m.some((event) => event.user?.id === user.id));
    assert.equal(listener.messages.find((event) => event.user?.id === user.id).user.picture, user.picture);
    listener.close();
    assert.equal((await picture(api, user.picture)).status, 200);
  } finally {
    await api.stop();
    await room.stop();
  }
});

test('pictures of people who were seen are free, however many an overlay asks for', limit, async () => {
  const api = keep(await startApi(sim, { RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_API_REQUESTS: '3', RATE_LIMIT_API_WINDOW: '600', RATE_LIMIT_API_BURST: '3', AVATAR_LIVE_ENABLED: 'false' }));
  const people = (await follow(api, 300)).filter((event) => event.user?.picture).map((event) => event.user);
  assert.ok(people.length > 100);
  for (const { picture: path } of people) {
    const reply = await picture(api, path);
    assert.deepEqual([reply.status, reply.headers.get('x-ratelimit-limit')], [200, null]);
  }
  const avatar = () => fetch(`${api.origin}/profile/${people[0].username}/avatar`, { headers: { 'X-API-Key': KEY } });
  assert.equal((await avatar()).headers.get('x-ratelimit-remaining'), '2', 'the first look asks the sources');
  for (let i = 0; i < 10; i++) assert.deepEqual([(await avatar()).status, (await avatar()).headers.get('x-ratelimit-remaining')], [200, null]);
});

test('pictures of nobody are counted by address', limit, async () => {
  const api = keep(await startApi(null, { RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_API_REQUESTS: '3', RATE_LIMIT_API_WINDOW: '600', RATE_LIMIT_API_BURST: '3' }));
  const statuses = [];
  for (let i = 0; i < 4; ++i) statuses.push((await picture(api, `/pictures/${'A'.repeat(32)}`)).status);
  assert.deepEqual(statuses, [404, 404, 404, 429]);
});

test('profiles by name come in the order asked, each looked up as one is', limit, async () => {
  const api = keep(await startApi(sim, { AVATAR_SCRAPER_ENABLED: 'false' }));
  const { status, json } = await api.call('/profiles?usernames=zoe,@Ann,bob%2Cann');
  assert.equal(status, 200);
  assert.deepEqual(json.items.map((item) => item.username), ['zoe', 'ann', 'bob', 'ann']);
  assert.equal(json.next_cursor, null);
  const { avatar_data_url, ...one } = (await api.call('/profile/ann')).json;
  assert.ok(avatar_data_url);
  assert.deepEqual(json.items[1], one);
  const names = Array.from({ length: 100 }, (_, i) => `many_${i}`);
  const many = await api.call(`/profiles?usernames=${names}`);
  assert.deepEqual(many.json.items.map((item) => item.username), names);
  for (const [query, message] of [
    [`usernames=${[...names, 'one_more']}`, 'usernames: at most 100 names'],
    ['usernames=', 'usernames[0]: at least 2 characters'],
    ['usernames=ann,b/d', "usernames[1]: letters A to Z, digits, '_', '.' and '-' only"],
    ['usernames=ann&limit=5', 'limit: cannot be combined with usernames'],
  ]) {
    const reply = await api.call(`/profiles?${query}`);
    assert.deepEqual([reply.status, reply.json.message], [400, message]);
  }
  assert.equal((await api.call('/profiles?usernames=ann', { key: null })).status, 401);
});
