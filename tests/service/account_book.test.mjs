// The account book: whatever goes wrong on either side, every reader of every transport ends with the same log, and it is
// the truth. PAPI_BOOK_KILLS, PAPI_BOOK_RATE and PAPI_BOOK_SEED make it larger or repeat it.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { KEY, listen, said, startApi, startSim } from './programs.mjs';
import { chance } from './chance.mjs';

const sanitized = /asan|tsan/.test(process.env.PAPI_BUILD_DIR ?? '');
const kills = Number(process.env.PAPI_BOOK_KILLS ?? (sanitized ? 4 : 20));
const rate = Number(process.env.PAPI_BOOK_RATE ?? (sanitized ? 60 : 200));
const seed = Number(process.env.PAPI_BOOK_SEED ?? Date.now() % 100_000);
const rooms = ['anna', 'bert', 'carl'];
const faults = ['drop', 'duplicate_batch', 'reordered', 'lost_streak_end', 'repeated_streak_end', 'garbage_frame', 'close_frame',
  'gzip_bomb', 'sign_500', 'silence'];

/** Counts what all readers have received; until() waits for a number of it. */
class Received {
  count = 0;
  #waiters = new Set();
  add() {
    this.count++;
    for (const waiter of this.#waiters) if (this.count >= waiter.count) this.#waiters.delete(waiter), waiter.resolve();
  }
  until(count) {
    return this.count >= count ? Promise.resolve() : new Promise((resolve) => this.#waiters.add({ count, resolve }));
  }
}

const running = [];
after(async () => {
  for (const program of running.reverse()) await program.stop();
});

/** The service that is up now; `next()` waits for the one after a kill. */
class Service {
  #up;
  #waiters = [];
  set(api) {
    this.#up = api;
    for (const waiter of this.#waiters.splice(0)) waiter(api);
  }
  down() {
    this.#up = undefined;
  }
  next() {
    return this.#up ? Promise.resolve(this.#up) : new Promise((resolve) => this.#waiters.push(resolve));
  }
}

/** Reads one session's log over one transport and resumes by offset for as long as it takes. */
class Reader {
  log = [];
  resumes = 0;
  over = false;
  constructor(service, received, session) {
    this.service = service;
    this.received = received;
    this.session = session;
    this.done = this.#run();
  }
  get last() {
    return this.log.at(-1)?.offset ?? 0;
  }
  get epoch() {
    return this.log.at(-1)?.epoch ?? '';
  }
  add(event) {
    assert.equal(event.offset, this.last + 1, `${this.constructor.name} of ${this.session}`);
    this.log.push(event);
    this.received.add();
  }
  async #run() {
    while (!this.over) {
      const api = await this.service.next();
      try {
        await this.read(api);
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        await new Promise(setImmediate); // the service is gone: next() waits for the one after it
      }
      this.resumes++;
    }
  }
}

class SocketReader extends Reader {
  async read(api) {
    const position = this.last ? `after=${this.last}&epoch=${this.epoch}` : 'after=0';
    const listener = await listen(api, `/ws/events/${this.session}?${position}`, KEY, { all: true });
    this.close = () => listener.close();
    let taken = 0;
    let fault;
    listener.hear((messages) => {
      try {
        for (; taken < messages.length; taken++) {
          if (taken > 0) this.add(messages[taken]);
          else if (this.last) assert.equal(messages[0].recovered, true, 'recovered');
        }
      } catch (error) {
        fault ??= error;
        listener.close();
      }
    });
    await listener.closed;
    if (fault) throw fault;
  }
}

class StreamReader extends Reader {
  async read(api) {
    const abort = new AbortController();
    this.close = () => abort.abort();
    const headers = { 'X-API-Key': KEY, 'Last-Event-ID': this.id ?? 'earliest' };
    const reply = await fetch(`${api.origin}/sessions/${this.session}/stream`, { headers, signal: abort.signal });
    if (reply.status !== 200) throw new Error(`status ${reply.status}`);
    let text = '';
    for await (const chunk of reply.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop();
      for (const block of blocks) {
        const id = /^id: (.+)$/m.exec(block);
        if (!id) continue;
        const event = JSON.parse(/^data: (.*)$/m.exec(block)[1]);
        if (event.type !== 'connected') {
          assert.equal(id[1], `${event.epoch}:${event.offset}`);
          this.add(event);
        } else if (this.last) assert.equal(event.recovered, true, 'recovered');
        this.id = id[1];
      }
    }
  }
}

class PageReader extends Reader {
  close() {}
  async read(api) {
    while (!this.over) {
      const before = this.received.count;
      const page = await api.call(`/sessions/${this.session}/events?after=${this.last}&limit=700`);
      if (page.status !== 200) throw new Error(`status ${page.status}`);
      for (const event of page.json.events) this.add(event);
      // No page tells when there will be more: the other readers do.
      if (!page.json.more) await this.received.until(before + 1);
    }
  }
}

function giftTotals(log) {
  const ends = log.filter((e) => e.type === 'gift' && e.streak_end);
  assert.equal(new Set(ends.map((e) => e.streak_id)).size, ends.length, 'a streak ended twice');
  const sum = (key) => ends.reduce((total, e) => total + e[key], 0);
  return { streaks: ends.length, count: sum('count'), diamonds: sum('diamonds') };
}

test(`${kills} kills, 3 rooms at ${rate}/s with faults: every log is the truth (seed ${seed})`, { timeout: 900_000 }, async (t) => {
  const random = chance(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const perRoom = Math.ceil(rate * kills * 1.2);
  const users = rooms.flatMap((user) => ['--user', user]);
  const sim = await startSim(...users, '--seed', String(seed), '--rate', String(rate), '--count', String(perRoom));
  running.push(sim);
  const settings = { LIVE_CHECK_INTERVAL: '1', LIVE_BACKOFF_MAX: '1', LIVE_SILENCE_TIMEOUT: '2', LIVE_STREAK_TIMEOUT: '3', LOG_LEVEL: 'WARNING',
    LOG_FORMAT: 'json' };
  const service = new Service();
  let api = await startApi(sim, { ...settings, LOG_LEVEL: 'INFO' });
  running.push(api);
  for (const user of rooms) assert.equal((await api.connect(user, user, { wait_until_live: true })).status, 200);
  service.set(api);
  const received = new Received();
  const readers = rooms.flatMap((user) => [SocketReader, StreamReader, PageReader].map((Kind) => new Kind(service, received, user)));
  const failed = Promise.race(readers.map((r) => r.done)); // a reader ends early only by an assertion
  failed.catch(() => {});

  for (let i = 0; i < kills; i++) {
    const user = pick(rooms);
    const fault = pick(faults);
    await sim.fault(user, fault);
    const moment = Math.floor(rate * readers.length * (0.2 + random() * 0.9));
    await Promise.race([received.until(received.count + moment), failed]);
    if (fault === 'silence') await sim.fault(user, 'clear');
    service.down();
    api.child.kill('SIGKILL');
    api = await startApi(sim, { ...settings, LOG_LEVEL: 'INFO' }, api.folder);
    running.push(api);
    service.set(api);
  }
  for (const user of rooms) await sim.fault(user, 'clear');

  // The room has said all, the log has all of it, and streaks whose end was lost are closed.
  const truths = {};
  for (const user of rooms) {
    for (;;) {
      const before = received.count;
      const truth = await sim.truth(user);
      const own = readers.filter((r) => r.session === user);
      const complete = own.every((r) => {
        const seen = said(r.log).filter((e) => !e.inferred).length;
        return seen >= truth.total && giftTotals(r.log).streaks >= truth.gifts.streaks;
      });
      if (truth.done && complete) {
        truths[user] = truth;
        break;
      }
      if (process.env.PAPI_BOOK_VERBOSE) {
        console.error(user, truth.done, truth.total, truth.gifts.streaks, own.map((r) =>
          `${r.constructor.name} ${r.log.length} (${r.log.filter((e) => e.inferred).length} inferred, ${giftTotals(r.log).streaks} streaks)`).join(', '));
      }
      if (!complete) await Promise.race([received.until(before + 1), failed]);
    }
  }
  const report = [];
  for (const user of rooms) {
    const truth = truths[user];
    const own = readers.filter((r) => r.session === user);
    const first = own[0].log;
    for (const reader of own) assert.deepEqual(reader.log, first, `${reader.constructor.name} of ${user}`);
    assert.equal(new Set(first.map((e) => e.id)).size, first.length, 'an id came twice');
    const sent = said(first).filter((e) => !e.inferred);
    assert.equal(sent.length, truth.total);
    const totals = giftTotals(first);
    assert.deepEqual(totals, { streaks: truth.gifts.streaks, count: truth.gifts.count, diamonds: truth.gifts.diamonds });
    report.push(`${user}: ${first.length} events, ${first.filter((e) => e.inferred).length} ends inferred, ${totals.streaks} streaks, ` +
      `${totals.diamonds} diamonds, ${truth.connects} upstream connects, resumes ${own.map((r) => r.resumes).join('/')}`);
  }
  for (const reader of readers) {
    reader.over = true;
    reader.close?.();
  }
  received.add(); // the page readers wait for it
  await Promise.all(readers.map((r) => r.done));
  t.diagnostic(`seed ${seed}\n${report.join('\n')}`);
});
