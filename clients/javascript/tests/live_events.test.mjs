// The rules by which LiveEvents resumes, against a service that plays a script.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, CloseError, ProfileEngagementApi } from '../index.js';

/** A service whose WebSockets do what the next step of the script says; it keeps the queries with which it was opened. */
function scripted(...steps) {
  const opened = [];
  const tickets = [];
  class Socket {
    constructor(url) {
      const { searchParams } = new URL(url);
      opened.push(Object.fromEntries(searchParams));
      const step = steps[opened.length - 1] ?? [];
      setImmediate(async () => {
        for (const message of step) {
          if (this.ended) return;
          if (message.close !== undefined) this.onclose({ code: message.close, reason: message.reason ?? '' });
          else this.onmessage({ data: JSON.stringify(message) });
        }
      });
    }
    close() {
      this.ended = true;
    }
  }
  const fetch = async (url, { method }) => {
    assert.match(`${method} ${new URL(url).pathname}`, /^POST (\/prefix)?\/auth\/tickets$/);
    tickets.push(url);
    return new Response(JSON.stringify({ ticket: `tk_${tickets.length}` }), { status: 201 });
  };
  return { opened, tickets, options: { WebSocket: Socket, fetch, key: 'pk_secret' } };
}
const hello = (offset, recovered = true, epoch = 'a') => ({ type: 'connected', session_id: 's', epoch, offset, recovered, keepalive_seconds: 25 });
const event = (offset, epoch = 'a', more = {}) => ({ offset, epoch, id: String(offset), type: 'comment', ...more });
const quick = { first: 1, cap: 4, random: () => 0 };
const follow = (service, options) => new ProfileEngagementApi('http://service/prefix/', service.options).live('s', { backOff: quick, ...options });
/** Reads until there are `count` events. */
async function take(live, count) {
  const offsets = [];
  for await (const { offset } of live) if (offsets.push(offset) === count) break;
  return offsets;
}

test('it goes on behind the last event, and drops what it has had', async () => {
  const service = scripted([hello(4), [event(5), event(6)], { close: 1006 }], [hello(6), [event(5), event(6), event(7)], event(7), event(8)]);
  assert.deepEqual(await take(follow(service), 4), [5, 6, 7, 8]);
  assert.deepEqual(service.opened, [{ batch: '1', ticket: 'tk_1' }, { after: '6', epoch: 'a', batch: '1', ticket: 'tk_2' }]);
});

test('a cut before the first event resumes where the connection began', async () => {
  const service = scripted([hello(4), { close: 1006 }], [hello(4), event(5)]);
  assert.deepEqual(await take(follow(service), 1), [5]);
  assert.deepEqual(service.opened[1], { after: '4', epoch: 'a', batch: '1', ticket: 'tk_2' });
});

test('filters and the position to begin with are in the address, a key is not', async () => {
  const service = scripted([hello(9), event(12)]);
  assert.deepEqual(await take(follow(service, { types: ['comment', 'gift'], user: 'ann', contains: 'a b', from: { offset: 9, epoch: 'a' } }), 1), [12]);
  assert.deepEqual(service.opened, [{ types: 'comment,gift', user: 'ann', contains: 'a b', after: '9', epoch: 'a', batch: '1', ticket: 'tk_1' }]);
});

test('a lost position is told, and followed live or from the oldest kept event', async () => {
  for (const [afterLoss, offsets] of [['live', [5, 21]], ['earliest', [5, 1, 2]]]) {
    const service = scripted([hello(4), event(5), { close: 1001 }], afterLoss === 'live' ? [hello(20, false, 'b'), event(21, 'b')] : [hello(20, false, 'b'), event(21, 'b')], [hello(0, true, 'b'), event(1, 'b'), event(2, 'b')]);
    const live = follow(service, { afterLoss });
    const told = [];
    live.on('gap', (gap) => told.push(gap));
    live.on('epoch', (change) => told.push(change));
    assert.deepEqual(await take(live, offsets.length), offsets);
    live.close();
    assert.deepEqual(told, [{ from: 'a', to: 'b' }, { source: 'history', from: { offset: 5, epoch: 'a' }, to: { offset: 20, epoch: 'b' } }]);
    if (afterLoss === 'earliest') assert.deepEqual(service.opened[2], { after: '0', batch: '1', ticket: 'tk_3' });
  }
});

test('a position that is lost within an event log moves to where live events begin', async () => {
  const service = scripted([hello(4), event(5), { close: 1001 }], [hello(40, false), { close: 1001 }], [hello(40), event(41)]);
  assert.deepEqual(await take(follow(service), 2), [5, 41]);
  assert.deepEqual([service.opened[1].after, service.opened[2].after], ['5', '40']);
});

test('what was deleted from the same event log is skipped, and nothing comes twice', async () => {
  const service = scripted([hello(4), event(5), { close: 1001 }], [hello(40, false)], [hello(0), event(5), event(30), event(40), event(41)]);
  assert.deepEqual(await take(follow(service, { afterLoss: 'earliest' }), 4), [5, 30, 40, 41]);
});

test('each close code ends it or not, as the table of the documents says', async () => {
  for (const code of [1002, 1003, 1007, 1008, 1009, 4003, 4004]) {
    const live = follow(scripted([{ close: code, reason: 'why' }]));
    await assert.rejects(take(live, 1), (error) => error instanceof CloseError && error.code === code && error.reason === 'why', code);
    assert.equal(live.state.state, 'closed');
  }
  for (const code of [1001, 1006, 1011, 1012, 4029]) assert.deepEqual(await take(follow(scripted([{ close: code }], [hello(0), event(1)])), 1), [1], code);
  assert.deepEqual(await take(follow(scripted([{ close: 1000 }])), 1), []);
  assert.deepEqual(await take(follow(scripted([{ close: 4004 }], [hello(0), event(1)]), { waitForSession: true }), 1), [1]);
});

test('a refused ticket is renewed twice, a refused stream token never', async () => {
  const service = scripted([{ close: 4001 }], [{ close: 4001 }], [{ close: 4001 }]);
  await assert.rejects(take(follow(service), 1), { code: 4001 });
  assert.deepEqual(service.opened.map(({ ticket }) => ticket), ['tk_1', 'tk_2', 'tk_3']);
  const other = scripted([{ close: 4001 }]);
  const live = new ProfileEngagementApi('http://service', { ...other.options, key: undefined, token: 'st_x' }).live('s');
  await assert.rejects(take(live, 1), { code: 4001 });
  assert.deepEqual(other.opened, [{ batch: '1', token: 'st_x' }]);
});

test('it tries for ever, with pauses that double up to the cap, and at least as long as the service asks', async () => {
  const service = scripted(...Array(8).fill([{ close: 1006 }]), [hello(0), event(1)]);
  const live = follow(service);
  const pauses = [];
  live.on('state', ({ state, retryInMs }) => state === 'waiting' && pauses.push(retryInMs));
  assert.deepEqual(await take(live, 1), [1]);
  live.close();
  assert.deepEqual(pauses, [1, 2, 4, 4, 4, 4, 4, 4]);

  const again = follow(scripted([{ close: 1006 }], [{ close: 1006 }], [hello(0), event(1), { close: 1006 }], [{ close: 4008 }]));
  const next = [];
  await new Promise((resolve) => again.on('state', ({ state, retryInMs }) => state === 'waiting' && next.push(retryInMs) === 4 && resolve()));
  again.close();
  assert.deepEqual(next, [1, 2, 1, 1000]);

  const limited = new ProfileEngagementApi('http://service', { key: 'k', WebSocket: class {}, fetch: async () => new Response('{"error":"RATE_LIMIT_EXCEEDED","message":"m"}', { status: 429, headers: { 'Retry-After': '7' } }) }).live('s');
  const waiting = new Promise((resolve) => limited.on('state', (state) => state.state === 'waiting' && resolve(state)));
  assert.deepEqual(await waiting, { state: 'waiting', attempt: 1, retryInMs: 7000, code: 4029, reason: 'm' });
  limited.close();
});

test('chance takes up to half of a pause away', async () => {
  const pauses = [];
  for (const random of [() => 0, () => 1]) {
    const live = follow(scripted([{ close: 1006 }]), { backOff: { first: 100, cap: 100, random } });
    await new Promise((resolve) => live.on('state', ({ state, retryInMs }) => state === 'waiting' && resolve(pauses.push(retryInMs))));
    live.close();
  }
  assert.deepEqual(pauses, [100, 50]);
});

test('a busy loop makes it leave the connection, and it goes on when the loop has caught up', async () => {
  const service = scripted([hello(0), [1, 2, 3, 4].map((n) => event(n))], [hello(4), event(5)]);
  const live = follow(service, { maxQueue: 4 });
  const states = [];
  live.on('state', ({ state }) => states.push(state));
  const paused = new Promise((resolve) => live.on('state', ({ state }) => state === 'paused' && resolve()));
  const loop = live[Symbol.asyncIterator]();
  await paused;
  const offsets = [];
  while (offsets.length < 5) offsets.push((await loop.next()).value.offset);
  live.close();
  assert.deepEqual(offsets, [1, 2, 3, 4, 5]);
  assert.deepEqual(states, ['connecting', 'open', 'paused', 'connecting', 'open', 'closed']);
  assert.equal(service.opened[1].after, '4');
});

test('a listener that fails stops neither the others nor the position', async () => {
  const live = follow(scripted([hello(0), event(1), event(2)]));
  const faults = [];
  const old = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => faults.push(error.message));
  live.on('comment', () => { throw new Error('faulty'); });
  const seen = await new Promise((resolve) => {
    const offsets = [];
    live.on('event', ({ offset }) => offsets.push(offset) === 2 && setImmediate(resolve, offsets));
  });
  process.removeAllListeners('uncaughtException');
  for (const listener of old) process.on('uncaughtException', listener);
  assert.deepEqual([seen, faults, live.position], [[1, 2], ['faulty', 'faulty'], { offset: 2, epoch: 'a' }]);
  live.close();
});

test('the time without data from TikTok is told as a gap', async () => {
  const live = follow(scripted([hello(0), event(1, 'a', { type: 'session', state: 'connected', gap_ms: 1500 })]));
  const gap = await new Promise((resolve) => live.on('gap', resolve));
  live.close();
  assert.deepEqual([gap.source, gap.ms, gap.event.offset], ['upstream', 1500, 1]);
});

/** Answers with an event stream of these texts, which then stays open. */
const streamed = (...texts) => {
  const opened = [];
  const fetch = async (url, { headers, signal }) => {
    opened.push([new URL(url).pathname + new URL(url).search, headers]);
    const text = texts.shift();
    const body = new ReadableStream({
      start(controller) {
        for (const byte of new TextEncoder().encode(text)) controller.enqueue(Uint8Array.of(byte));
        signal.addEventListener('abort', () => controller.error(signal.reason));
        if (texts.length > 0) controller.close();
      },
    });
    return new Response(body, { status: 200 });
  };
  return { opened, options: { fetch, key: 'k', WebSocket: null } };
};
const block = (message) => `${message.type === 'connected' ? 'event: connected\n' : ''}id: ${message.epoch}:${message.offset}\ndata: ${JSON.stringify(message)}\n\n`;

test('without WebSockets it reads the event stream, whatever the bytes are cut into', async () => {
  const service = streamed(`retry: 3000\n${block(hello(4))}: keep-alive\n\n${block(event(5, 'a', { comment: 'é 🎤' }))}`, block(hello(5)) + block(event(6)));
  const live = follow(service);
  const events = [];
  for await (const one of live) if (events.push(one) === 2) break;
  assert.deepEqual([events[0].comment, events[1].offset], ['é 🎤', 6]);
  assert.equal(service.opened[0][0], '/prefix/sessions/s/stream');
  assert.equal(service.opened[1][0], '/prefix/sessions/s/stream?after=5&epoch=a');
  assert.equal(service.opened[0][1]['X-API-Key'], 'k');
});

test('a connection on which nothing comes is given up: a stream without heartbeats, a socket that misses an event', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
  const heard = [{ ...hello(4), keepalive_seconds: 1 }];
  const stream = streamed(block(heard[0]));
  const silent = follow({ ...stream, options: { ...stream.options } });
  const given = new Promise((resolve) => silent.on('state', (state) => state.state === 'waiting' && resolve(state.reason)));
  await new Promise((resolve) => silent.on('open', resolve));
  t.mock.timers.tick(3000);
  assert.equal(await given, 'nothing came for too long');
  silent.close();

  for (const [missed, state] of [[[event(5)], 'waiting'], [[], 'open']]) {
    const service = scripted(heard);
    const tickets = service.options.fetch;
    let asked;
    const answered = new Promise((resolve) => {
      service.options.fetch = async (url, options) => {
        if (options.method === 'POST') return tickets(url, options);
        asked = new URL(url).search;
        setImmediate(() => setImmediate(resolve));
        return new Response(JSON.stringify({ events: missed, next_after: 5, more: false, epoch: 'a' }));
      };
    });
    const live = follow(service, { types: ['comment'], backOff: { first: 60_000, cap: 60_000 } });
    await new Promise((resolve) => live.on('open', resolve));
    for (let second = 0; second < 3; second++) t.mock.timers.tick(1000);
    await answered;
    await new Promise(setImmediate);
    assert.deepEqual([asked, live.state.state], ['?types=comment&after=4&limit=1', state]);
    live.close();
  }
});

test('an error has the status, code, details and pause of the answer', async () => {
  const refusing = (status, body, headers) => new ProfileEngagementApi('http://service', { fetch: async () => new Response(body, { status, headers }) });
  const limited = JSON.stringify({ error: 'RATE_LIMIT_EXCEEDED', message: 'too often', details: { rule: 'api' }, correlation_id: 'c', retry_after: 3 });
  await assert.rejects(refusing(429, limited, { 'Retry-After': '3' }).sessions(), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.message, error.status, error.code, error.details, error.retryAfter, error.correlationId], ['too often', 429, 'RATE_LIMIT_EXCEEDED', { rule: 'api' }, 3, 'c']);
    return true;
  });
  await assert.rejects(refusing(502, '<html>').sessions(), { status: 502, code: 'HTTP_ERROR', message: 'HTTP status 502' });
  const dead = new ProfileEngagementApi('http://service', { fetch: async () => { throw new TypeError('fetch failed'); } });
  await assert.rejects(dead.sessions(), { status: 0, code: 'NETWORK_ERROR' });
});
