// The platform's gifts: their list, its failures, and their pictures.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { KEY, listen, startApi, startSim } from './programs.mjs';

const limit = { timeout: 60_000 };
const running = [];
const keep = (program) => (running.push(program), program);
after(async () => {
  for (const program of running.reverse()) await program.stop();
});

const state = async (sim) => (await fetch(`${sim.origin}/sim/state`)).json();
const rose = (sim) => ({ id: '5655', name: 'Rose', diamonds: 1, image_url: `${sim.origin}/sim/gift/5655.png`, streakable: true });

test('the list is fetched once for all who ask first, with ids as strings', limit, async () => {
  const sim = keep(await startSim('--user', 'host'));
  const api = keep(await startApi(sim));
  const replies = await Promise.all(Array.from({ length: 50 }, () => api.call('/gifts')));
  for (const { status, json } of replies) {
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(json), ['gifts', 'total', 'updated_at']);
    assert.equal(json.total, 13);
    assert.equal(json.gifts.length, 13);
    assert.deepEqual(json.gifts.find((gift) => gift.id === '5655'), rose(sim));
    assert.deepEqual(json.gifts.find((gift) => gift.id === '6369'), { id: '6369', name: 'Lion', diamonds: 29999, image_url: `${sim.origin}/sim/gift/6369.png`, streakable: false });
    assert.ok(Math.abs(Date.parse(json.updated_at) - Date.now()) < 60_000);
  }
  assert.equal((await state(sim)).gift_lists, 1);
  assert.equal((await api.call('/gifts', { key: null })).status, 401);
});

test('gifts in pages with ids as strings are the same gifts', limit, async () => {
  const sim = keep(await startSim('--user', 'host'));
  await sim.fault('host', 'gift_list_pages');
  const api = keep(await startApi(sim));
  const { json } = await api.call('/gifts');
  assert.equal(json.total, 13);
  assert.deepEqual(json.gifts.find((gift) => gift.id === '5655'), rose(sim));
});

test('an empty or odd list is a failure: 503, no second request soon, and it replaces nothing', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--rate', '100'));
  for (const fault of ['gift_list_empty', 'gift_list_odd', 'gift_list_500']) {
    await sim.fault('host', fault);
    const before = (await state(sim)).gift_lists;
    const api = await startApi(sim);
    for (let i = 0; i < 2; ++i) {
      const reply = await api.call('/gifts');
      assert.deepEqual([reply.status, reply.json.error], [503, 'SERVICE_UNAVAILABLE'], fault);
      assert.match(reply.json.message, /gift list could not be fetched/);
      const wait = Number(reply.headers.get('retry-after'));
      assert.ok(wait > 590 && wait <= 600, `${wait} s`);
    }
    assert.equal((await api.call('/gifts/5655/image')).status, 503);
    assert.equal((await state(sim)).gift_lists, before + 1, fault);
    await api.stop();
    await sim.fault('host', 'clear');
  }
});

test('names and prices are kept: after a restart they need no list', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--seed', '6', '--rate', '200'));
  const first = await startApi(sim);
  const { json } = await first.call('/gifts');
  await first.stop({ keep: true });
  await sim.fault('host', 'gift_list_empty');
  await sim.fault('host', 'gift_without_details', '&n=0');
  const asked = (await state(sim)).gift_lists;
  const api = keep(await startApi(sim, {}, first.folder));
  assert.deepEqual((await api.call('/gifts')).json, json);
  await api.connect('s', 'host');
  const listener = await listen(api, '/ws/events/s');
  const gifts = (messages) => messages.filter((event) => event.type === 'gift');
  await listener.until((messages) => gifts(messages).length >= 10);
  listener.close();
  for (const gift of gifts(listener.messages)) assert.ok(gift.name && gift.diamonds_each > 0, JSON.stringify(gift));
  assert.equal((await state(sim)).gift_lists, asked, 'a list of today is not fetched again');
});

test("what a room's messages teach is known without any list, and kept", limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--seed', '6', '--rate', '300'));
  await sim.fault('host', 'gift_list_empty');
  const first = await startApi(sim, { LIVE_RESUME_SESSIONS: 'false' });
  await first.connect('s', 'host');
  const listener = await listen(first, '/ws/events/s?after=0');
  await listener.until((messages) => messages.some((event) => event.type === 'gift'));
  const gift = listener.messages.find((event) => event.type === 'gift');
  listener.close();
  const known = async (api) => (await api.call('/gifts')).json.gifts.find((row) => row.id === gift.gift_id);
  const row = await known(first);
  assert.deepEqual([row.name, row.diamonds], [gift.name, gift.diamonds_each]);
  await first.stop({ keep: true });
  const api = keep(await startApi(sim, { LIVE_RESUME_SESSIONS: 'false' }, first.folder));
  assert.deepEqual(await known(api), row);
});

test("a gift's picture is fetched once, and answers HEAD, conditions and a key in its address", limit, async () => {
  const sim = keep(await startSim('--user', 'host'));
  const api = keep(await startApi(sim));
  const image = (path, headers = {}, method = 'GET') => fetch(api.origin + path, { method, headers: { 'X-API-Key': KEY, ...headers } });
  assert.equal((await api.call('/gifts')).status, 200);
  const before = (await state(sim)).pictures;
  const replies = await Promise.all(Array.from({ length: 50 }, () => image('/gifts/5655/image')));
  const bytes = Buffer.from(await replies[0].arrayBuffer());
  for (const reply of replies.slice(1)) assert.deepEqual(Buffer.from(await reply.arrayBuffer()), bytes);
  assert.equal((await state(sim)).pictures, before + 1);
  assert.deepEqual(bytes, Buffer.from(await (await fetch(rose(sim).image_url)).arrayBuffer()));
  const [reply] = replies;
  assert.equal(reply.headers.get('content-type'), 'image/png');
  assert.equal(reply.headers.get('cache-control'), 'private, max-age=86400');
  const tag = reply.headers.get('etag');
  assert.equal(tag, `"${createHash('sha256').update(bytes).digest('hex')}"`);
  assert.equal((await image('/gifts/5655/image', { 'If-None-Match': tag })).status, 304);
  const head = await image('/gifts/5655/image', {}, 'HEAD');
  assert.equal(Number(head.headers.get('content-length')), bytes.length);
  assert.equal((await fetch(`${api.origin}/gifts/5655/image?api_key=${KEY}`)).status, 200);
  assert.equal((await fetch(`${api.origin}/gifts/5655/image`)).status, 401);
  for (const id of ['1', 'x', '-5655', '99999999999999999999']) assert.equal((await image(`/gifts/${id}/image`)).status, 404, id);
});

test('a picture of a host that is not allowed, or of our own machine, is never fetched', limit, async () => {
  let asked = 0;
  const inner = createServer((request, response) => (++asked, response.end('secret'))).listen(0, '127.0.0.1');
  await once(inner, 'listening');
  const urls = ['https://evil.example/a.png', `http://127.0.0.1:${inner.address().port}/a.png`, 'https://169.254.169.254/', 'https://a.pics.localhost/', 'file:///etc/passwd'];
  const gifts = urls.map((url, i) => ({ id: i + 1, name: `gift ${i}`, diamond_count: 1, image: { url_list: [url] } }));
  const platform = createServer((request, response) => response.end(JSON.stringify({ data: { gifts } }))).listen(0, '127.0.0.1');
  await once(platform, 'listening');
  const api = keep(await startApi(null, { TIKTOK_WEBCAST_URL: `http://127.0.0.1:${platform.address().port}`, AVATAR_ALLOWED_HOSTS: '*.pics.localhost' }));
  for (const i of urls.keys()) {
    const reply = await api.call(`/gifts/${i + 1}/image`);
    assert.deepEqual([reply.status, reply.json.error, reply.json.details.reason], [502, 'CONNECTION_ERROR', 'blocked'], urls[i]);
  }
  assert.equal(asked, 0);
  inner.close(), platform.close();
});
