// From what a caller writes to a room that is followed: names, addresses, links, and the reasons why not.
import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { listen, startApi, startSim } from './programs.mjs';
import { until } from './wait.mjs';

const running = [];
const keep = (program) => (running.push(program), program);
after(async () => {
  for (const program of running.reverse()) await program.stop();
});
const limit = { timeout: 120_000 };
const state = async (sim) => (await fetch(`${sim.origin}/sim/state`)).json();
const link = (sim, code, to) => fetch(`${sim.origin}/sim/link?code=${code}&to=${encodeURIComponent(to)}`, { method: 'POST' });
const post = (api, body) => api.call('/connect', { method: 'POST', body });

test('every spelling of a name is one room, and the room is described', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--rate', '20'));
  const api = keep(await startApi(sim));
  const spellings = ['host', 'HOST', '@Host', '＠host', '%40host', '@host/live', 'HTTPS://WWW.TIKTOK.COM/@Host/live?x=1', 'm.tiktok.com/@host',
    'https://www.tiktok.com/%40host', 'https://www.tiktok.com/%EF%BC%A0host/video/1'];
  for (const [i, username] of spellings.entries()) {
    const answer = await api.connect(`s${i}`, username);
    assert.equal(answer.json.state, 'connected', `${username}: ${JSON.stringify(answer.json)}`);
    assert.equal(answer.json.username, 'host', username);
  }
  const { connects, room_id } = await sim.truth('host');
  assert.equal(connects, 1, 'one upstream for all');

  const { room } = (await api.connect('s0', 'host')).json;
  const { started_at, cover_url, host, title, viewers } = room;
  assert.equal(title, 'Quiz night with host');
  assert.ok(viewers > 0, 'the page\'s, or what the room has said since');
  const other = (await api.call('/sessions/s3')).json.room;
  assert.deepEqual([other.title, other.started_at, other.cover_url, other.host], [title, started_at, cover_url, host]);
  assert.match(started_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
  assert.ok(Math.abs(Date.now() - Date.parse(started_at)) < 60_000, started_at);
  assert.equal(host.username, 'host');
  assert.match(host.id, /^\d+$/);
  assert.equal(typeof host.nickname, 'string');
  assert.equal(cover_url, `${sim.origin}/sim/avatar/${host.id}.png`);
  assert.equal(host.avatar_url, cover_url);
  assert.match(host.picture, /^\/pictures\/[\w-]+$/);
  const picture = await fetch(api.origin + host.picture); // public
  assert.equal(picture.status, 200);
  assert.match(picture.headers.get('content-type'), /^image\//);

  // A room by its number: as text, as a JSON number of more digits than a double keeps, and in an address.
  assert.ok(BigInt(room_id) > 2n ** 53n, room_id);
  for (const [i, body] of [`"room_id": "${room_id}"`, `"room_id": ${room_id}`, `"username": "https://www.tiktok.com/share/live/${room_id}?x=1"`].entries()) {
    const answer = await post(api, `{"session_id": "n${i}", ${body}}`);
    assert.equal(answer.json.state, 'connected', `${body}: ${JSON.stringify(answer.json)}`);
    assert.equal(answer.json.room_id, room_id);
  }
  for (const wrong of ['7.5', '-7', '1e3', '18446744073709551616', 'true']) {
    const answer = await post(api, `{"session_id": "x", "room_id": ${wrong}}`);
    assert.equal(answer.status, 400, wrong);
    assert.equal(answer.json.details.field, 'room_id');
  }
});

test('an address that names nobody is refused with the remedy and asks TikTok nothing', limit, async () => {
  const sim = keep(await startSim('--user', 'tag', '--user', 'foryou', '--user', 'h5'));
  const api = keep(await startApi(sim));
  for (const username of ['https://www.tiktok.com/tag/quiz', 'https://www.tiktok.com/foryou', 'https://m.tiktok.com/h5/share/usr/68.html', 'www.tiktok.com',
    'https://www.tiktok.com.evil.example/@tag']) {
    const answer = await api.connect('s', username);
    assert.equal(answer.status, 400, username);
    assert.equal(answer.json.details.field, 'username');
    assert.match(answer.json.message, /https:\/\/www\.tiktok\.com\/@name/);
  }
  for (const room of Object.values((await state(sim)).rooms)) assert.equal(room.signs, 0);
});

test('a name with a hyphen is a person: drawn as a profile, and not known to TikTok', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--user', 'real-host'));
  const api = keep(await startApi(sim));
  const profile = await api.call('/profile/test-user');
  assert.equal(profile.status, 200, JSON.stringify(profile.json));
  assert.equal(profile.json.username, 'test-user');
  const answer = await api.connect('s', 'test-user');
  assert.equal(answer.status, 404, JSON.stringify(answer.json));
  assert.equal(answer.json.details.reason, 'user_not_found');
  assert.equal((await api.connect('real', '@real-host')).json.state, 'connected');
});

test('short links are resolved by exactly one request', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--rate', '20'));
  const api = keep(await startApi(sim));
  await link(sim, 'ZMhost', 'https://www.tiktok.com/@Host/live?_r=1');
  await link(sim, 'ZThost', `${sim.origin}/@host`);
  const { room_id } = await sim.truth('host');
  await link(sim, 'ZSroom', `https://m.tiktok.com/share/live/${room_id}`);
  for (const [i, username] of ['https://vm.tiktok.com/ZMhost/', 'vt.tiktok.com/ZMhost', 'https://www.tiktok.com/t/ZThost/', 'tiktok.com/t/ZThost'].entries()) {
    const answer = await api.connect(`s${i}`, username);
    assert.equal(answer.json.username, 'host', `${username}: ${JSON.stringify(answer.json)}`);
    assert.equal((await state(sim)).short_links_asked, i + 1);
  }
  assert.equal((await api.connect('room', 'https://vm.tiktok.com/ZSroom')).json.room_id, room_id);

  await link(sim, 'ZMaway', 'https://evil.example/@host');
  await link(sim, 'ZMtag', 'https://www.tiktok.com/tag/quiz');
  await link(sim, 'ZMmore', 'https://vm.tiktok.com/ZMhost/');
  const asked = (await state(sim)).short_links_asked;
  for (const code of ['ZMaway', 'ZMtag', 'ZMmore', 'ZMnone']) {
    const answer = await api.connect('no', `https://vm.tiktok.com/${code}`);
    assert.equal(answer.status, 400, `${code}: ${JSON.stringify(answer.json)}`);
    assert.equal(answer.json.details.field, 'username');
  }
  assert.equal((await state(sim)).short_links_asked, asked + 3, 'a link that leads to a link is not followed');
});

test('one source says offline and the other live: the room is followed', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--rate', '20'));
  const api = keep(await startApi(sim));
  for (const fault of ['page_offline', 'page_missing', 'page_403', 'empty_room_id', 'api_offline']) {
    await sim.fault('host', fault);
    const answer = await api.connect(fault, 'host');
    assert.equal(answer.json.state, 'connected', `${fault}: ${JSON.stringify(answer.json)}`);
    await api.call('/disconnect', { method: 'POST', body: { session_id: fault } });
    await sim.fault('host', 'clear');
  }
});

test('an offline answer tells of wait_until_live, and a waiting session does not', limit, async () => {
  const sim = keep(await startSim('--user', 'host', '--offline'));
  const api = keep(await startApi(sim));
  const answer = await api.connect('s', 'host');
  assert.equal(answer.status, 409);
  assert.match(answer.json.message, /^@host is not live; .*"wait_until_live": true/);
  const waiting = await api.connect('w', 'host', { wait_until_live: true });
  assert.equal(waiting.json.state, 'waiting');
  assert.equal((await api.call('/sessions/w')).json.reason, '@host is not live');
});

for (const reason of ['age_restricted', 'geo_blocked']) {
  test(`a room that is ${reason} says so`, limit, async () => {
    const sim = keep(await startSim('--user', 'host'));
    const api = keep(await startApi(sim));
    await sim.fault('host', reason);
    const answer = await api.connect('s', 'host');
    assert.equal(answer.status, 502, JSON.stringify(answer.json));
    assert.equal(answer.json.details.reason, reason);
    assert.match(answer.json.message, reason === 'age_restricted' ? /TIKTOK_SESSION_ID/ : /TIKTOK_PROXY/);
    assert.equal((await sim.truth('host')).signs, 0, 'no signature was spent on it');
  });
}

test('a restricted room that is only known by its number answers with the reason for its silence', limit, async () => {
  const sim = keep(await startSim('--user', 'host'));
  const api = keep(await startApi(sim, { LIVE_CONNECT_TIMEOUT: '3' }));
  await sim.fault('host', 'age_restricted');
  const { room_id } = await sim.truth('host');
  const answer = await post(api, { session_id: 's', room_id });
  assert.equal(answer.status, 502, JSON.stringify(answer.json));
  assert.equal(answer.json.details.reason, 'age_restricted');
});

test("the sign server's own words reach the answer and the log, and the key neither", limit, async () => {
  const sim = keep(await startSim('--user', 'host'));
  const key = 'sign-key-of-the-first-contact-test';
  const api = keep(await startApi(sim, { TIKTOK_SIGN_API_KEY: key }));
  const refused = async (fault, more = '') => {
    await sim.fault('host', fault, more);
    return api.connect('s', 'host');
  };
  const json = await refused('sign_json');
  assert.equal(json.status, 502);
  assert.equal(json.json.details.reason, 'blocked');
  assert.equal(json.json.details.sign_status, 200);
  assert.equal(json.json.details.code, 403);
  assert.equal(json.json.details.message, 'This endpoint is not part of your plan.');
  await api.logged(/"sign_message":"This endpoint is not part of your plan\."/);

  const echoed = await refused('sign_echo');
  assert.equal(echoed.json.details.message, 'The key *** may not sign.');
  await api.logged(/"sign_message":"The key \*\*\* may not sign\."/);
  assert.ok(!api.output().includes(key));

  for (const [fault, most] of [['sign_429', 1], ['sign_429_date', 2], ['sign_429_ms', 1]]) {
    const limited = await refused(fault, '&retry_after=' + most);
    assert.equal(limited.status, 503, `${fault}: ${JSON.stringify(limited.json)}`);
    const { reason, code, message, limit_label, retry_after, reset_at } = limited.json.details;
    assert.equal(reason, 'sign_rate_limited');
    assert.equal(code, 429);
    assert.match(message, /^Too many connections started for room of host/);
    assert.equal(limit_label, 'rate_limit_account_minute');
    assert.ok(retry_after >= 1 && retry_after <= most, `${fault}: ${retry_after}`);
    assert.equal(limited.headers.get('retry-after'), String(retry_after));
    assert.ok(Math.abs(Date.parse(reset_at) - Date.now()) < 5_000, reset_at);
  }
  await api.logged(/"limit_label":"rate_limit_account_minute"/);
});

/** A sign server that sends sockets elsewhere: the simulator's answers, with another socket address of the same length. */
async function hostileSigner(sim, here, there) {
  const server = createHttpServer(async (request, response) => {
    const reply = await fetch(sim.origin + request.url, { headers: { 'user-agent': request.headers['user-agent'] } });
    const body = Buffer.from(await reply.arrayBuffer());
    assert.equal(here.length, there.length);
    const at = body.indexOf(here);
    assert.ok(at > 0, 'the answer holds the socket address');
    body.write(there, at);
    const cookie = reply.headers.get('x-set-tt-cookie');
    response.writeHead(reply.status, { 'content-type': 'application/protobuf', ...(cookie && { 'x-set-tt-cookie': cookie }) });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  keep({ stop: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())) });
  return `http://127.0.0.1:${server.address().port}`;
}

test('a sign server cannot send us to other services and have their answers read', limit, async () => {
  const sim = keep(await startSim('--user', 'host'));
  const heard = [];
  const service = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (data) => {
      heard.push(String(data));
      socket.end('HTTP/1.1 200 OK\r\nHandshake-Msg: words-of-the-service\r\nHandshake-Status: words\r\nContent-Length: 5\r\n\r\nwords');
    });
  });
  do await new Promise((resolve) => service.close(() => service.listen(0, '127.0.0.1', resolve)));
  while (String(service.address().port).length !== String(sim.port).length);
  keep({ stop: () => new Promise((resolve) => service.close(resolve)) });

  // With a simulator in TikTok's place loopback is meant; what answers there is told to the log alone.
  const away = await hostileSigner(sim, `ws://127.0.0.1:${sim.port}`, `ws://127.0.0.1:${service.address().port}`);
  const api = keep(await startApi(sim, { TIKTOK_SIGN_URL: away }));
  const answer = await api.connect('s', 'host');
  assert.equal(heard.length, 1, `it was asked: ${JSON.stringify(answer.json)}`);
  assert.equal(answer.status, 502, JSON.stringify(answer.json));
  assert.equal(answer.json.message, 'TikTok refused the socket');
  assert.ok(!JSON.stringify([answer.json, (await api.call('/sessions/s')).json]).includes('words'));
  await api.logged(/"message":"Socket refused".*"handshake_msg":"words-of-the-service"/);

  const outside = await hostileSigner(sim, `ws://127.0.0.1:${sim.port}`, `ws://10.11.0.1:${service.address().port}`);
  const other = keep(await startApi(sim, { TIKTOK_SIGN_URL: outside }));
  const refused = await other.connect('s', 'host');
  assert.equal(refused.status, 502, JSON.stringify(refused.json));
  assert.equal(refused.json.details.reason, 'blocked');
  assert.equal(refused.json.message, 'The sign server gave a socket address that is not used: it is without TLS');
  assert.equal(heard.length, 1);
});

test('a pause that the sign server asks for holds for every room', limit, async () => {
  const sim = keep(await startSim('--user', 'ann', '--user', 'bee'));
  const api = keep(await startApi(sim));
  await sim.fault('bee', 'sign_429', '&retry_after=30');
  assert.equal((await api.connect('b', 'bee')).status, 503);
  const other = await api.connect('a', 'ann');
  assert.equal(other.status, 503, 'told without being asked for');
  assert.ok(other.json.details.retry_after > 25 && other.json.details.retry_after <= 30, JSON.stringify(other.json));
  assert.equal(other.headers.get('retry-after'), String(other.json.details.retry_after));
  assert.equal((await sim.truth('ann')).signs, 0);
});

test('40 rooms are spread by TIKTOK_SIGN_PER_MINUTE, and the one with a reader goes first', limit, async () => {
  const users = Array.from({ length: 40 }, (_, i) => `room${i}`);
  const sim = keep(await startSim(...users.flatMap((user) => ['--user', user]), '--rate', '5'));
  const api = keep(await startApi(sim, { TIKTOK_SIGN_PER_MINUTE: '100' })); // 25 at once, then one in 600 ms
  const listener = await listen(api, '/ws/comments/room39');
  const answers = users.slice(0, 39).map((user) => api.connect(user, user));
  await until('25 signatures', async () => (await state(sim)).signatures.length >= 25);
  await until('10 sessions wait for a signature', async () =>
    (await api.call('/sessions')).json.sessions.filter((s) => s.reason === 'Waiting for a signature').length >= 10);
  const before = (await state(sim)).signatures.length;
  assert.equal((await api.connect('room39', 'room39')).json.state, 'connected');
  for (const answer of await Promise.all(answers)) assert.equal(answer.json.state, 'connected', JSON.stringify(answer.json));

  const { signatures } = await state(sim);
  assert.deepEqual([...new Set(signatures.map((s) => s.user))].sort(), [...users].sort());
  assert.equal(signatures.length, 40);
  const place = signatures.findIndex((s) => s.user === 'room39');
  assert.ok(place <= before + 2, `room39 came ${place + 1}th, when ${before} had been served before it asked`);
  for (let n = 25; n < 40; n++) {
    const after_first = signatures[n].at - signatures[0].at;
    assert.ok(after_first >= (n - 24) * 600 - 100, `signature ${n + 1} after ${after_first} ms`);
  }
  listener.close();
});
