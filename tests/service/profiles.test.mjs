// Profiles and their pictures, over real HTTP against the simulator's pages and CDN.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { everythingKept, onSqlite, query } from './databases.mjs';
import { listen, startApi, startSim, KEY } from './programs.mjs';
import { until } from './wait.mjs';

const pictureFaults = {
  picture_404: 'status 404',
  picture_huge: 'too large an answer',
  picture_empty: 'only 0 bytes',
  picture_html: 'not a PNG, JPEG, GIF or WebP picture',
  picture_svg: 'not a PNG, JPEG, GIF or WebP picture',
  picture_bomb: '65536 × 65536 pixels are too many',
  picture_private: 'http without TLS',
};
// Each way to fail has a person of its own: the service remembers what it has seen of one.
const people = ['ann', 'sigi', 'elements', 'plain', 'gone', 'blocked', 'broken', 'slow', ...Object.keys(pictureFaults)];
let sim;
let state;

before(async () => {
  sim = await startSim(...people.flatMap((name) => ['--user', name]));
  state = async () => (await fetch(`${sim.origin}/sim/state`)).json();
});
after(() => sim.stop());

const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');
const profile = async (api, name) => {
  const reply = await api.call(`/profile/${name}`);
  assert.equal(reply.status, 200, JSON.stringify(reply.json));
  return reply.json;
};
const picture = (api, path, headers = {}, method = 'GET') => fetch(api.origin + path, { method, headers: { 'X-API-Key': KEY, ...headers } });

/** Runs `body` with a service of its own, so that no breaker is open from before. */
const withApi = (env, body) => async () => {
  const api = await startApi(sim, env);
  try {
    await body(api);
  } finally {
    await api.stop();
  }
};

test('a profile has every documented field, and its picture is the one of the page', withApi({}, async (api) => {
  const found = await profile(api, '@ANN');
  assert.deepEqual(Object.keys(found), ['username', 'nickname', 'avatar_url', 'avatar_data_url', 'source', 'priority', 'image_hash', 'cached_at', 'expires_at']);
  assert.equal(found.username, 'ann');
  assert.equal(found.nickname, 'ann 🎤');
  assert.equal(found.source, 'scraper');
  assert.equal(found.priority, 9);
  assert.equal(Date.parse(found.expires_at) - Date.parse(found.cached_at), 86_400_000);
  const data = /^data:image\/png;base64,(.+)$/.exec(found.avatar_data_url);
  assert.equal(hash(Buffer.from(data[1], 'base64')), found.image_hash);
  const reply = await picture(api, found.avatar_url);
  assert.equal(reply.headers.get('content-type'), 'image/png');
  assert.match(reply.headers.get('cache-control'), /immutable/);
  assert.equal(hash(Buffer.from(await reply.arrayBuffer())), found.image_hash);
}));

test('a picture answers HEAD, conditions and a key in its address', withApi({}, async (api) => {
  const head = await picture(api, '/profile/ann/avatar', {}, 'HEAD');
  assert.equal(head.status, 200);
  assert.ok(Number(head.headers.get('content-length')) > 100);
  assert.match(head.headers.get('cache-control'), /max-age=300/);
  const tag = head.headers.get('etag');
  for (const condition of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
    const reply = await picture(api, '/profile/ann/avatar', { 'If-None-Match': condition });
    assert.equal(reply.status, 304, condition);
    assert.equal(reply.headers.get('etag'), tag);
  }
  assert.equal((await picture(api, '/profile/ann/avatar', { 'If-None-Match': '"other"' })).status, 200);
  assert.equal((await fetch(`${api.origin}/profile/ann/avatar?api_key=${KEY}`)).status, 200);
  assert.equal((await fetch(`${api.origin}/profile/ann/avatar`)).status, 401);
  assert.equal((await fetch(`${api.origin}/profile/ann?api_key=${KEY}`)).status, 401);
}));

test('each place of the page is read in its turn', withApi({}, async (api) => {
  await sim.fault('sigi', 'profile_sigi');
  await sim.fault('elements', 'profile_elements');
  for (const name of ['sigi', 'elements']) {
    const found = await profile(api, name);
    assert.equal(found.source, 'scraper', name);
    assert.equal(found.nickname, `${name} 🎤`);
  }
}));

test('who has no picture or does not exist is drawn', withApi({}, async (api) => {
  await sim.fault('plain', 'picture_default');
  await sim.fault('gone', 'profile_missing');
  for (const name of ['plain', 'gone', 'nobody.at_all']) {
    const found = await profile(api, name);
    assert.equal(found.source, 'generator', name);
    assert.match(Buffer.from(found.avatar_data_url.split(',')[1], 'base64').toString(), /^<svg /);
  }
  assert.equal((await profile(api, 'plain')).nickname, 'plain 🎤');
  assert.equal((await picture(api, '/profile/gone/avatar')).headers.get('content-type'), 'image/svg+xml');
}));

test('what is no sound picture is refused, and the log says why', async () => {
  const api = await startApi(sim);
  try {
    for (const fault of Object.keys(pictureFaults)) {
      await sim.fault(fault, fault);
      assert.equal((await profile(api, fault)).source, 'generator', fault);
    }
  } finally {
    await api.stop();
  }
  const refused = api.output().split('\n').filter((line) => line.includes('"Picture refused"')).map((line) => JSON.parse(line).reason);
  assert.equal(refused.length, Object.keys(pictureFaults).length, 'once each');
  Object.entries(pictureFaults).forEach(([fault, reason], i) => assert.ok(refused[i].includes(reason), `${fault}: ${refused[i]}`));
});

test('a remote generator draws who has no face, and its failure is made up for', async () => {
  const origin = sim.origin;
  const api = await startApi(sim, { AVATAR_SCRAPER_ENABLED: 'false', AVATAR_GENERATOR_URLS: `${origin}/sim/none/{username}.png,${origin}/sim/avatar/{username}.png` });
  try {
    const found = await profile(api, '12345');
    assert.equal(found.source, 'generator');
    assert.equal(found.image_hash, hash(Buffer.from(await (await fetch(`${origin}/sim/avatar/12345.png`)).arrayBuffer())));
    assert.match((await profile(api, 'not_a_number')).avatar_data_url, /^data:image\/svg/);
  } finally {
    await api.stop();
  }
});

test('with everything switched off there are initials', withApi({ AVATAR_SCRAPER_ENABLED: 'false', AVATAR_GENERATOR_ENABLED: 'false' }, async (api) => {
  const found = await profile(api, 'ann');
  assert.equal(found.source, 'initials');
  assert.match(Buffer.from(found.avatar_data_url.split(',')[1], 'base64').toString(), />A<\/text>/);
  assert.deepEqual((await api.call('/cache/clear-expired', { method: 'POST' })).json, { status: 'success', cleared: 0 });
}));

test('a captcha page is reported as that, and nobody else is asked for', async () => {
  const api = await startApi(sim);
  try {
    await sim.fault('blocked', 'profile_captcha');
    assert.equal((await profile(api, 'blocked')).source, 'generator');
    const before = (await state()).profile_pages;
    assert.equal((await profile(api, 'ann')).source, 'generator');
    assert.equal((await state()).profile_pages, before);
  } finally {
    await api.stop();
  }
  assert.match(api.output(), /"Profile page blocked","username":"blocked","mark":"SlardarWAF"/);
});

test('a page that fails costs its person the face only, until a retry', withApi({ AVATAR_RETRY: '1' }, async (api) => {
  await sim.fault('broken', 'profile_500');
  assert.equal((await profile(api, 'broken')).source, 'generator');
  assert.equal((await profile(api, 'ann')).source, 'scraper');
  await sim.fault('broken', 'clear');
  const reply = await api.call('/profiles/revalidate', { method: 'POST', body: { usernames: ['broken'] } });
  assert.deepEqual(reply.json, { results: { broken: true }, total_requested: 1, successful: 1, failed: 0 });
  assert.equal((await profile(api, 'broken')).source, 'scraper');
}));

test('a thousand who ask at once make one request', withApi({}, async (api) => {
  const before = await state();
  const replies = await Promise.all(Array.from({ length: 1000 }, () => profile(api, 'ann')));
  assert.equal(new Set(replies.map((reply) => reply.image_hash)).size, 1);
  const now = await state();
  assert.equal(now.profile_pages - before.profile_pages, 1);
  assert.equal(now.pictures - before.pictures, 1);
}));

test('with every upstream hanging the answer comes within the budget, and the next at once', withApi({ AVATAR_SCRAPER_TIMEOUT: '1' }, async (api) => {
  await sim.fault('slow', 'profile_hangs');
  const started = performance.now();
  assert.equal((await profile(api, 'slow')).source, 'generator');
  const first = performance.now() - started;
  assert.ok(first > 900 && first < 4000, `${first} ms`);
  const before = (await state()).profile_pages;
  assert.equal((await profile(api, 'slow')).source, 'generator');
  assert.equal((await state()).profile_pages, before, 'nobody was asked for the second answer');
}));

test('a service that stops waits for no source: who asked gets a drawn face', async () => {
  await sim.fault('slow', 'profile_hangs');
  const patient = await startApi(sim, { AVATAR_SCRAPER_TIMEOUT: '60', SERVER_SHUTDOWN_TIMEOUT: '300' });
  const before = (await state()).profile_pages;
  const waiting = profile(patient, 'slow');
  await until('the page is asked for', async () => (await state()).profile_pages > before);
  assert.equal(await patient.stop(), 0);
  assert.equal((await waiting).source, 'generator');
});

test('a picture of another machine of ours is never fetched', async () => {
  let asked = 0;
  const inner = createServer((request, response) => {
    ++asked;
    response.end('secret');
  }).listen(0, '127.0.0.1');
  await once(inner, 'listening');
  const { port } = inner.address();
  const page = (name, url) =>
    `<script id="__UNIVERSAL_DATA_FOR_REHYDRATION__">${JSON.stringify({ __DEFAULT_SCOPE__: { 'webapp.user-detail': { userInfo: { user: { uniqueId: name, nickname: name, avatarLarger: url } } } } })}</script>`;
  const refusals = {
    [`http://127.0.0.1:${port}/`]: 'http without TLS',
    [`http://localhost:${port}/`]: 'http without TLS',
    [`https://127.1:${port}/`]: 'a port other than 443',
    'https://0x7f000001/': 'not among AVATAR_ALLOWED_HOSTS',
    'https://[::1]/': 'not among AVATAR_ALLOWED_HOSTS',
    'https://2130706433/': 'not among AVATAR_ALLOWED_HOSTS',
    'http://169.254.169.254/latest/': 'http without TLS',
    'https://evil.example/': 'not among AVATAR_ALLOWED_HOSTS',
    'https://a.pics.localhost/': 'has an address that is not public', // a listed name that leads to us
  };
  const urls = Object.keys(refusals);
  const tiktok = createServer((request, response) => {
    const name = decodeURIComponent(request.url.slice(2));
    response.end(page(name, urls[Number(name.slice(1))]));
  }).listen(0, '127.0.0.1');
  await once(tiktok, 'listening');
  const api = await startApi(null, { TIKTOK_WEB_URL: `http://127.0.0.1:${tiktok.address().port}`, AVATAR_ALLOWED_HOSTS: '*.pics.localhost' });
  try {
    for (const index of urls.keys()) assert.equal((await profile(api, `u${index}`)).source, 'generator', urls[index]);
  } finally {
    await api.stop();
    inner.close(), tiktok.close();
  }
  assert.equal(asked, 0);
  const refused = api.output().split('\n').filter((line) => line.includes('"Picture refused"')).map((line) => JSON.parse(line));
  for (const [i, url] of urls.entries()) assert.ok(refused[i].reason.includes(refusals[url]), `${url}: ${refused[i].reason}`);
});

test('profiles are listed by page and source, and kept over a restart in a sound file', withApi({ AVATAR_SCRAPER_PER_MINUTE: '100' }, async (api) => {
  const names = ['ann', 'b_1', 'b_2', 'b_3', 'sigi'];
  for (const name of names) await profile(api, name);
  const seen = [];
  for (let cursor = ''; cursor !== null;) {
    const { json } = await api.call(`/profiles?limit=2&cursor=${cursor}`);
    assert.ok(json.items.length <= 2);
    seen.push(...json.items.map((item) => item.username));
    cursor = json.next_cursor;
  }
  assert.deepEqual(seen, names);
  const drawn = (await api.call('/profiles?source=generator')).json.items;
  assert.deepEqual(drawn.map((item) => item.username), ['b_1', 'b_2', 'b_3']);
  assert.equal(query(api.folder, 'SELECT count(*) FROM profiles'), '5');
  if (onSqlite) assert.equal(query(api.folder, 'PRAGMA integrity_check'), 'ok');
}));

test('people who speak in a live room get the faces that its events show', withApi({ AVATAR_LIVE_PER_MINUTE: '6000', AVATAR_LIVE_QUEUE: '20' }, async (api) => {
  await api.connect('s', 'ann');
  const listener = await listen(api, '/ws/events/s?after=0');
  const spoke = (messages) => messages.filter((message) => message.user?.avatar_url && message.user.username);
  await listener.until((messages) => spoke(messages).length >= 20);
  const { username, nickname, avatar_url } = spoke(listener.messages)[0].user;
  await until(`the picture of ${username}`, async () =>
    (await api.call('/profiles?source=live&limit=500')).json.items.some((item) => item.username === username.toLowerCase()));
  const one = await profile(api, username);
  assert.equal(one.source, 'live');
  assert.equal(one.priority, 10);
  assert.equal(one.nickname, nickname);
  assert.equal(Date.parse(one.expires_at) - Date.parse(one.cached_at), 7 * 86_400_000);
  assert.equal(one.image_hash, hash(Buffer.from(await (await fetch(avatar_url)).arrayBuffer())));
  listener.close();
}));

test('a person who is forgotten is in no answer and in no byte of the database', withApi({ AVATAR_LIVE_PER_MINUTE: '6000' }, async (api) => {
  await api.connect('s', 'ann');
  const listener = await listen(api, '/ws/events/s?after=0');
  await listener.until((messages) => messages.length >= 60);
  await api.call('/disconnect', { method: 'POST', body: { session_id: 's' } });
  const speaker = listener.messages.find((message) => message.type === 'comment').user;
  const name = speaker.username;
  listener.close();
  await profile(api, name);
  const kept = async () => (await api.call('/sessions/s/events?limit=1000')).json.events;
  // Nothing more comes behind the event of the disconnect.
  const before = await until('the event of the disconnect', async () => {
    const events = await kept();
    return events.at(-1).state === 'disconnected' && events;
  });
  const texts = JSON.stringify(before);
  const reply = await api.call(`/profile/${name}`, { method: 'DELETE' });
  assert.equal(reply.status, 200, JSON.stringify(reply.json));
  assert.equal(reply.json.profile_deleted, true);
  assert.ok(reply.json.events_changed >= 1);
  const after = await kept();
  assert.equal(after.length, before.length, 'no event is lost');
  assert.ok(texts.includes(name) && !JSON.stringify(after).includes(name));
  assert.deepEqual(after.map((event) => event.offset), before.map((event) => event.offset));
  const own = after.find((event) => event.user?.id === speaker.id).user;
  assert.deepEqual([own.username, own.nickname, own.avatar_url], ['', '', '']);
  for (const path of ['/profiles?limit=500', '/sessions/s/leaderboard?by=comments', '/sessions/s/stats'])
    assert.ok(!JSON.stringify((await api.call(path)).json).includes(name), path);
  assert.ok(!everythingKept(api.folder).includes(name));
  assert.equal((await api.call(`/profile/${name}`, { method: 'DELETE' })).status, 404);
}));

test('wrong questions are answered with the field and the remedy', withApi({}, async (api) => {
  for (const [path, message] of [
    ['/profile/a', 'username: at least 2 characters'],
    [`/profile/${'a'.repeat(25)}`, 'username: at most 24 characters'],
    ['/profile/test+user', "username: letters A to Z, digits, '_', '.' and '-' only"],
    ['/profile/%00%01/avatar', "username: letters A to Z, digits, '_', '.' and '-' only"],
    ['/profiles?limit=0', 'limit: must be a whole number from 1 to 500'],
    ['/profiles?source=magic', 'source: must be live, scraper, generator or initials'],
  ]) {
    const reply = await api.call(path);
    assert.equal(reply.status, 400, path);
    assert.equal(reply.json.message, message);
  }
  const revalidate = (body) => api.call('/profiles/revalidate', { method: 'POST', body });
  const fields = async (body) => (await revalidate(body)).json.details.errors.map((error) => error.field);
  assert.deepEqual(await fields({ usernames: ['ok', 'x', 7, 'a+b'], more: 1 }), ['usernames[2]', 'usernames[1]', 'usernames[3]', 'more']);
  assert.deepEqual(await fields({ usernames: [] }), ['usernames']);
  assert.deepEqual(await fields({ usernames: Array.from({ length: 101 }, (_, i) => `u${i}`) }), ['usernames']);
  assert.deepEqual(await fields({}), ['usernames']);
}));
