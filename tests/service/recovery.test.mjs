// A reader that comes late, comes back or asks for a part gets exactly that, on every transport.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { assertNoHoles, followFromTheStart, KEY, listen, startApi, startSim, wholeRoom } from './programs.mjs';
import { until } from './wait.mjs';

let sim;
let api;
let log;
const limit = { timeout: 60_000 };
before(async () => {
  ({ sim, api, log } = await wholeRoom(['--user', 'other', '--seed', '12', '--rate', '400', '--count', '800'], { SUBSCRIBER_QUEUE_MAX: '200', SUBSCRIBER_QUEUE_POLICY: 'drop_likes', SSE_HEARTBEAT: '1' }));
});
after(async () => {
  await api.stop();
  await sim.stop();
});

async function replayed(query, count) {
  const listener = await listen(api, `/ws/events/s?${query}`, KEY, { all: true });
  await listener.until((m) => m.length > count);
  listener.close();
  return { hello: listener.messages[0], events: listener.messages.slice(1) };
}

/** The whole blocks of an event stream until `enough` says so of them; a chunk may end in the middle of one. */
async function stream(path, headers, enough) {
  const abort = new AbortController();
  const reply = await fetch(api.origin + path, { headers: { 'X-API-Key': KEY, ...headers }, signal: abort.signal });
  assert.equal(reply.status, 200);
  assert.match(reply.headers.get('content-type'), /^text\/event-stream/);
  let text = '';
  const whole = () => text.slice(0, text.lastIndexOf('\n\n') + 2);
  for await (const chunk of reply.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (enough(whole())) break;
  }
  abort.abort();
  return whole();
}
/** The events of a stream; each has its epoch and offset as the block's id, and so has the `connected` event. */
const eventsOf = (text) => [...text.matchAll(/^id: (.*)\ndata: (.*)$/gm)].map((m) => {
  const event = JSON.parse(m[2]);
  assert.equal(m[1], `${event.epoch}:${event.offset}`);
  return event;
}).filter((event) => event.type !== 'connected');
const connectedOf = (text) => JSON.parse(/^event: connected\nid: .*\ndata: (.*)$/m.exec(text)[1]);

test('a WebSocket replays from its position to the end, and says whether it could', limit, async () => {
  const epoch = log[0].epoch;
  for (const after of [0, 1, 399, log.length - 1, log.length]) {
    const { hello, events } = await replayed(`after=${after}`, log.length - after);
    assert.equal(hello.recovered, true, `after ${after}`);
    assert.equal(hello.offset, after);
    assert.equal(hello.epoch, epoch);
    assert.ok(hello.keepalive_seconds > 0);
    assert.deepEqual(events, log.slice(after));
  }
  assert.equal((await replayed(`after=5&epoch=${epoch}`, 1)).hello.recovered, true);
  assert.equal((await replayed('after=5&epoch=another', 0)).hello.recovered, false);
  assert.equal((await replayed('after=100000', 0)).hello.recovered, false);
  assert.equal((await replayed('', 0)).hello.recovered, false);
});

test('a batch of events is one frame', limit, async () => {
  const listener = await listen(api, '/ws/events/s?after=0&batch=1', KEY, { all: true });
  const flat = (m) => m.slice(1).flat();
  await listener.until((m) => flat(m).length >= log.length);
  listener.close();
  assert.deepEqual(flat(listener.messages), log);
  assert.ok(listener.messages.length < log.length / 10, `${listener.messages.length} frames`);
});

test('filters by type, person and words leave the offsets as they are', limit, async () => {
  const gifts = log.filter((e) => e.type === 'gift' || e.type === 'like');
  assert.deepEqual((await replayed('after=0&types=gift,like', gifts.length)).events, gifts);
  const someone = log.find((e) => e.type === 'comment').user;
  const theirs = log.filter((e) => e.user?.id === someone.id);
  assert.deepEqual((await replayed(`after=0&user=${someone.id}`, theirs.length)).events, theirs);
  assert.deepEqual((await replayed(`after=0&user=@${someone.username.toUpperCase()}`, theirs.length)).events, theirs);
  const word = log.find((e) => e.type === 'comment' && /\w{4}/.test(e.comment)).comment.match(/\w{4}/)[0];
  const said = log.filter((e) => e.type === 'comment' && e.comment.toLowerCase().includes(word.toLowerCase()));
  assert.deepEqual((await replayed(`after=0&contains=${word.toUpperCase()}`, said.length)).events, said);
  const page = (await api.call(`/sessions/s/events?types=gift,like&limit=1000`)).json;
  assert.deepEqual(page.events, gifts);
});

test('an event stream resumes behind Last-Event-ID, begins at the earliest, and stays alive', limit, async () => {
  const last = `id: ${log[0].epoch}:${log.length}\n`;
  for (const id of ['300', `${log[0].epoch}:300`]) {
    const text = await stream('/sessions/s/stream', { 'Last-Event-ID': id }, (t) => t.includes(last));
    assert.deepEqual(eventsOf(text), log.slice(300));
    assert.deepEqual([connectedOf(text).recovered, connectedOf(text).offset], [true, 300]);
  }
  for (const id of ['another:300', 'another:0', String(log.length + 1), `${log[0].epoch}:${log.length + 1}`]) {
    const text = await stream('/sessions/s/stream', { 'Last-Event-ID': id }, (t) => t.includes('connected'));
    assert.deepEqual([connectedOf(text).recovered, connectedOf(text).offset, connectedOf(text).epoch], [false, log.length, log[0].epoch], id);
  }
  for (const id of ['x', ':5', 'e:', 'e:-1', 'e:5x']) {
    assert.equal((await api.call('/sessions/s/stream', { headers: { 'Last-Event-ID': id } })).status, 400, id);
  }
  assert.deepEqual(eventsOf(await stream('/sessions/s/stream?last_event_id=earliest', {}, (t) => t.includes(last))), log);
  assert.deepEqual(eventsOf(await stream('/sessions/s/stream?after=790', {}, (t) => t.includes(last))), log.slice(790));
  for (const [key, status] of [[KEY, 200], ['wrong', 401]]) {
    const reply = await fetch(`${api.origin}/sessions/s/stream?api_key=${key}`);
    assert.equal(reply.status, status);
    await reply.body.cancel();
  }
  assert.equal((await fetch(`${api.origin}/sessions/s/events?api_key=${KEY}`)).status, 401);
  assert.ok(!api.output().includes(KEY), 'the key is not in the log');
  const quiet = await stream('/sessions/s/stream', {}, (t) => t.includes('\n: keep-alive\n'));
  assert.match(quiet, /^retry: \d+\nevent: connected\nid: [0-9a-f]+:\d+\ndata: \{"type":"connected"/);
  assert.equal(eventsOf(quiet).length, 0);
});

test('an EventSource that had no event yet loses none of what came while it was away', limit, async () => {
  await api.connect('early', 'other');
  const hello = await stream('/sessions/early/stream', {}, (t) => t.includes('connected'));
  const id = /^id: (.*)$/m.exec(hello)[1];
  const { epoch, offset } = connectedOf(hello);
  assert.equal(id, `${epoch}:${offset}`);
  const reader = await listen(api, `/ws/events/early?after=${offset}&epoch=${epoch}`, KEY, { all: true });
  await reader.until((m) => m.length > 30);
  reader.close();
  const missed = reader.messages.slice(1);
  const text = await stream('/sessions/early/stream', { 'Last-Event-ID': id }, (t) => t.includes(`id: ${epoch}:${missed.at(-1).offset}\n`));
  assert.equal(connectedOf(text).recovered, true);
  assert.deepEqual(eventsOf(text).slice(0, missed.length), missed);
  await api.call('/sessions/early', { method: 'DELETE' });
});

test('pages follow one another without a hole, bounded by time where asked', limit, async () => {
  const seen = [];
  let after = 0;
  for (;;) {
    const { json } = await api.call(`/sessions/s/events?after=${after}&limit=97`);
    assert.equal(json.epoch, log[0].epoch);
    seen.push(...json.events);
    if (!json.more) break;
    assert.ok(json.next_after > after, 'a page goes on');
    after = json.next_after;
  }
  assert.deepEqual(seen, log);
  const middle = log[400].timestamp;
  const { json } = await api.call(`/sessions/s/events?limit=1000&since=${middle}&until=${log[500].timestamp_ms}`);
  assert.deepEqual(json.events, log.filter((e) => e.timestamp_ms >= log[400].timestamp_ms && e.timestamp_ms <= log[500].timestamp_ms));
  for (const [query, field] of [['after=-1', 'after'], ['limit=0', 'limit'], ['types=comment,nonsense', 'types'], ['since=now', 'since']]) {
    const reply = await api.call(`/sessions/s/events?${query}`);
    assert.equal(reply.status, 400);
    assert.equal(reply.json.details.field, field);
  }
});

test('an event stream that was to begin at the earliest goes on where it was when it reconnects', limit, async () => {
  const text = await stream('/sessions/s/stream?earliest=1', { 'Last-Event-ID': '700' }, (t) => t.includes(`:${log.length}\n`));
  assert.deepEqual(eventsOf(text), log.slice(700));
});

test('NDJSON gives the whole log and ends', limit, async () => {
  const reply = await fetch(`${api.origin}/sessions/s/events?after=10`, { headers: { 'X-API-Key': KEY, Accept: 'application/x-ndjson' } });
  assert.match(reply.headers.get('content-type'), /x-ndjson/);
  const lines = (await reply.text()).trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(lines, log.slice(10));
  const startOf = (headers) => ['recovered', 'epoch', 'offset'].map((name) => headers.get(`x-stream-${name}`));
  for (const follow of ['', '&follow=1']) {
    for (const [after, recovered] of [[0, 'true'], [10, 'true'], [log.length, 'true'], [log.length + 1, 'false']]) {
      const begun = await fetch(`${api.origin}/sessions/s/events?after=${after}${follow}`, { headers: { 'X-API-Key': KEY, Accept: 'application/x-ndjson', Origin: 'https://page.example' } });
      assert.deepEqual(startOf(begun.headers), [recovered, log[0].epoch, String(Math.min(after, log.length))], `${after}${follow}`);
      for (const name of ['X-Stream-Recovered', 'X-Stream-Epoch', 'X-Stream-Offset']) assert.ok(begun.headers.get('access-control-expose-headers').includes(name), name);
      await begun.body.cancel();
    }
  }
  const other = await fetch(`${api.origin}/sessions/s/events?after=5&epoch=another&follow=1`, { headers: { 'X-API-Key': KEY, Accept: 'application/x-ndjson' } });
  assert.deepEqual(startOf(other.headers), ['false', log[0].epoch, String(log.length)]);
  await other.body.cancel();
  const headers = { Accept: 'application/x-ndjson' };
  for (const [query, field, accept] of [['follow=1', 'follow', 'application/json'], ['epoch=another', 'epoch', 'application/json'],
    ['limit=5', 'limit', headers.Accept], ['since=1', 'since', headers.Accept], ['until=1&follow=1', 'until', headers.Accept]]) {
    const refused = await api.call(`/sessions/s/events?${query}`, { headers: { Accept: accept } });
    assert.deepEqual([refused.status, refused.json.details.field], [400, field], query);
  }
  assert.equal((await api.call('/sessions/s/events?epoch=another', { headers })).status, 400);
  // A client that closes its sending side still gets all of it, to the last chunk.
  const whole = await new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(api.port, '127.0.0.1', () => {
      socket.end(`GET /sessions/s/events HTTP/1.1\r\nHost: a\r\nX-API-Key: ${KEY}\r\nAccept: application/x-ndjson\r\n` +
        'Connection: close\r\n\r\n');
    });
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
  assert.ok(whole.includes(`"offset":${log.length},`) && whole.endsWith('\r\n0\r\n\r\n'));
});

test('who does not read is cut off with 4008, and nobody waits for them', { timeout: 240_000 }, async () => {
  const fast = await startSim('--user', 'crowd', '--seed', '2', '--rate', '8000', '--count', '60000');
  const own = await startApi(fast, { LIVE_CHECK_INTERVAL: '1', SUBSCRIBER_QUEUE_MAX: '20000' });
  try {
    const [reader] = await followFromTheStart(own, fast, 'busy', 'crowd');
    // It takes its handshake and then nothing: the systems' buffers fill, then its queue.
    const deaf = connect(own.port, '127.0.0.1');
    await new Promise((resolve) => deaf.once('connect', resolve));
    deaf.pause();
    deaf.write(`GET /ws/events/busy?api_key=${KEY} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16, 1).toString('base64')}\r\n\r\n`);
    const subscribers = async () => (await own.call('/sessions/busy')).json.subscribers;
    await until('the deaf reader is counted', async () => (await subscribers()) === 2);
    await until('the deaf reader is cut off', async () => (await subscribers()) === 1, { seconds: 150 });
    const tail = await new Promise((resolve) => {
      let last = Buffer.alloc(0);
      deaf.on('data', (chunk) => (last = Buffer.concat([last, chunk]).subarray(-200)));
      deaf.on('close', () => resolve(last));
      deaf.on('error', () => {});
      deaf.resume();
    });
    const close = tail.lastIndexOf(Buffer.from([0x0f, 0xa8])); // 4008
    assert.ok(close > 1 && tail[close - 2] === 0x88, 'a close frame with 4008');
    await reader.until((m) => m.length > 60_000);
    assertNoHoles(reader);
    reader.close();
  } finally {
    await own.stop();
    await fast.stop();
  }
});

test('readers that are ready are not cut off when the server itself had no time', { timeout: 120_000 }, async () => {
  const crowd = await startSim('--user', 'crowd', '--seed', '2', '--rate', '500', '--count', '6000');
  const own = await startApi(crowd, { LIVE_CHECK_INTERVAL: '1', SUBSCRIBER_STALL_SECONDS: '2' });
  try {
    const [reader] = await followFromTheStart(own, crowd, 'busy', 'crowd');
    const more = await Promise.all(Array.from({ length: 4 }, (_, i) => listen(own, i % 2 ? '/ws/events/busy?after=0' : '/ws/comments/busy', KEY, { all: true })));
    let cut = 0;
    for (const other of [reader, ...more]) other.closed.then(() => cut++);
    for (let pause = 0; pause < 2; pause++) {
      const seen = reader.messages.length;
      await reader.until((m) => m.length > seen + 1000);
      own.child.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, 4_000)); // longer than a reader may take nothing
      own.child.kill('SIGCONT');
    }
    await reader.until((m) => m.length > 6_000);
    assertNoHoles(reader);
    for (const other of more.filter((_, i) => i % 2)) await other.until((m) => m.length > 6_000);
    assert.equal(cut, 0);
    for (const other of [reader, ...more]) other.close();
  } finally {
    own.child.kill('SIGCONT');
    await own.stop();
    await crowd.stop();
  }
});

test('a deleted session ends its readers and is forgotten whole', limit, async () => {
  await api.connect('busy', 'other');
  const reader = await listen(api, '/ws/events/busy');
  await reader.until((m) => m.length > 0);
  assert.equal((await api.call('/sessions/busy', { method: 'DELETE' })).status, 200);
  assert.equal((await reader.closed).code, 4004);
  assert.equal((await api.call('/sessions/busy')).status, 404);
  assert.equal((await api.call('/sessions/busy', { method: 'DELETE' })).status, 404);
  await api.call('/disconnect', { method: 'POST', body: { session_id: 's' } });
  const { json } = await api.call('/sessions/cleanup', { method: 'POST' });
  assert.equal(json.cleaned_sessions, 1);
  assert.equal((await api.call('/sessions')).json.total, 0);
});
