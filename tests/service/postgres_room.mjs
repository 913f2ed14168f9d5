// A room that speaks while PostgreSQL is in trouble, and readers over each transport that check every row.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { kinds } from '../soak/log_readers.mjs';
import { checkLog, checkReaders, checkWhole, readPages } from '../soak/verdict.mjs';
import { sanitized, startApi, startSim } from './programs.mjs';
import { until } from './wait.mjs';

/** Of time limits. */
export const patience = sanitized ? 4 : 1;

/** What was found wrong. */
class Problems {
  list = [];
  add(kind, text) {
    this.list.push(`${kind}: ${text}`);
  }
}

export class SpeakingRoom {
  #problems = new Problems();

  /** `settings`: with DATABASE_URL and DB_SCHEMA. The session `s` follows the room from its first word. */
  static async start(t, settings, { rate = 100, count = 1200, seed = Date.now() % 100_000 } = {}) {
    if (sanitized) [rate, count] = [rate / 4, count / 4];
    const room = new SpeakingRoom();
    t.diagnostic(`seed ${seed}`);
    room.sim = await startSim('--user', 'host', '--seed', String(seed), '--rate', String(rate), '--count', String(count));
    t.after(() => room.sim.stop());
    room.settings = { LIVE_CHECK_INTERVAL: '1', LIVE_BACKOFF_MAX: '1', LIVE_SILENCE_TIMEOUT: '5', LIVE_STREAK_TIMEOUT: '3', AVATAR_SCRAPER_ENABLED: 'false', ...settings };
    room.api = await startApi(room.sim, room.settings);
    t.after(() => room.api.stop());
    room.api.gone = once(room.api.child, 'exit');
    await room.sim.fault('host', 'offline');
    const { status, json } = await room.api.connect('s', 'host', { wait_until_live: true });
    assert.equal(status, 200, JSON.stringify(json));
    room.epoch = json.epoch;
    room.readers = kinds.map((Kind) => new Kind({ next: async () => room.api }, room.#problems, 's', json.epoch));
    t.after(() => room.readers.forEach((reader) => reader.stop()));
    await room.sim.fault('host', 'clear');
    return room;
  }

  /** The furthest row that any reader was shown. */
  get shown() {
    return Math.max(...this.readers.map((reader) => reader.last));
  }
  /** Waits until so many more rows were shown. */
  async more(count) {
    const wanted = this.shown + (sanitized ? count / 4 : count);
    await until(`row ${wanted} is shown`, () => this.shown >= wanted, { seconds: 90, every: 10 });
  }

  async readiness() {
    const reply = await fetch(`${this.api.origin}/readyz`);
    return { status: reply.status, reason: (await reply.json()).reason };
  }
  /** Waits for a 503, which must come soon; gives its reason. */
  async notReady() {
    const began = Date.now();
    const { reason } = await until('a 503', async () => {
      const answer = await this.readiness();
      return answer.status === 503 && answer;
    });
    // The last good check may be 3 seconds old, and the next may take as long as a write, with a reconnection before it.
    assert.ok(Date.now() - began < 8_000 * patience, `503 after ${Date.now() - began} ms`);
    return reason;
  }
  ready = () => until('readiness is good again', async () => (await this.readiness()).status === 200, { seconds: 60 });

  /** Waits until the room has said all and every reader has it, and compares all of them with what was said. */
  async finish() {
    let log;
    let truth;
    await until('every reader has all that was said', async () => {
      truth = await this.sim.truth('host');
      if (!truth.done) return false;
      const reply = await this.api.call('/sessions/s');
      const told = reply.json.offset;
      if (reply.status !== 200 || this.readers.some((reader) => reader.last < told && !reader.over)) return false;
      try {
        log = await readPages(this.api, 's');
      } catch (error) {
        if (!/status 503/.test(error.message)) throw error;
        return false; // the connections for reading come back up to 5 seconds behind the writer's
      }
      const own = log.events.filter((event) => event.type !== 'session' && !event.inferred);
      return own.length >= truth.total && log.events.length === (await this.api.call('/sessions/s')).json.offset;
    }, { seconds: 100, every: 200 });
    checkLog(this.#problems, 's', this.epoch, log.events);
    checkWhole(this.#problems, 's', log.events, await this.sim.said('host'), truth);
    checkReaders(this.#problems, this.readers, log.events);
    assert.deepEqual(this.#problems.list, []);
    assert.equal(this.api.child.exitCode, null, 'the same process');
    return log.events;
  }
}
