// Sessions that come and go at random while the service is killed, also while it starts and while another process holds its
// database: in the end each log is what the simulator has said. `./dev soak kills [KILLS] [SEED]`; on PostgreSQL, which is
// killed, stopped and cut off meanwhile: `./dev soak postgres [KILLS] [SEED]`
import { chance } from '../service/chance.mjs';
import { server } from '../service/databases.mjs';
import { sanitized, startSim } from '../service/programs.mjs';
import { troubleDatabase } from './database_trouble.mjs';
import { KilledService, pause } from './killed_service.mjs';
import { kinds } from './log_readers.mjs';
import { Visitor } from './visitor.mjs';
import { checkLog, checkReaders, checkRest, checkWhole, readPages } from './verdict.mjs';

/** Messages a second. */
const rates = { anna: 4, bert: 15, carl: 40, dora: 100 };
const rooms = Object.keys(rates);
const faults = ['drop', 'drop', 'duplicate_batch', 'reordered', 'lost_streak_end', 'lost_streak_end', 'repeated_streak_end', 'gift_without_details',
  'close_frame', 'garbage_frame', 'sign_500'];
const settings = { LIVE_CHECK_INTERVAL: '1', LIVE_BACKOFF_MAX: '1', LIVE_SILENCE_TIMEOUT: '15', LIVE_STREAK_TIMEOUT: '3', LOG_LEVEL: 'INFO',
  AVATAR_SCRAPER_ENABLED: 'false', SERVER_SHUTDOWN_TIMEOUT: '5' };

/** Milliseconds after which the logs must be complete, when the rooms say nothing more. */
const settle_limit = 90_000;

/** What was found wrong, by its kind. */
class Problems {
  found = new Map();
  add(kind, text) {
    if (!this.found.has(kind)) this.found.set(kind, []);
    this.found.get(kind).push(text);
    if (process.env.PAPI_KILL_VERBOSE) console.error(Date.now() % 1e6, kind, text.slice(0, 300));
  }
  get count() {
    return [...this.found.values()].reduce((sum, list) => sum + list.length, 0);
  }
  toString() {
    return [...this.found].map(([kind, list]) => `${kind} (${list.length} times)\n${list.slice(0, 6).map((text) => `    ${text}\n`).join('')}`).join('');
  }
}

class KillLoop {
  problems = new Problems();
  figures = { events: 0, kills: 0, early_kills: 0, terminations: 0, locks: 0, locked_starts: 0, joins: 0, disconnects: 0, deletes: 0,
    replaces: 0, refusals: 0, flickers: 0, faults: 0, resumes: 0, database_kills: 0, database_stops: 0, database_cuts: 0 };
  rooms = rooms;
  /** Sessions that follow their room from its beginning to the end. */
  followers = [];
  visitors = [];

  constructor(sim, random, { longest_lock, pace, say }) {
    this.sim = sim;
    this.random = random;
    this.longest_lock = longest_lock;
    this.pace = pace;
    this.say = say;
    this.service = new KilledService(sim, settings, this.problems);
  }

  pick(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  /** The rooms are offline until their followers wait for them, so that these miss nothing. */
  async begin(seed) {
    for (const user of rooms) await this.sim.fault(user, 'offline');
    const api = await this.service.start();
    for (const user of rooms) {
      for (const session of user === 'bert' || user === 'dora' ? [`m-${user}`, `n-${user}`] : [`m-${user}`]) {
        const { status, json } = await api.connect(session, user, { wait_until_live: true });
        if (status !== 200) throw new Error(JSON.stringify(json));
        const readers = kinds.map((Kind) => new Kind(this.service, this.problems, session, json.epoch));
        this.followers.push({ session, user, epoch: json.epoch, readers });
      }
    }
    // Names before and behind those of the followers: the order of sessions must not matter.
    for (const [i, id] of ['a1', 'a2', 'b1', 'b2', 'x1', 'x2', 'z1', 'z2'].entries()) this.visitors.push(new Visitor(this, id, chance(seed * 31 + i)));
    for (const user of rooms) {
      await this.sim.rate(user, Math.max(1, Math.round(rates[user] * this.pace)));
      await this.sim.fault(user, 'clear');
    }
  }

  /** Makes things go wrong upstream until the loop is over. */
  async trouble() {
    while (!this.over) {
      await pause(200 + this.random() * 1200);
      const user = this.pick(rooms);
      const draw = this.random();
      if (draw < 0.75) {
        this.figures.faults++;
        await this.sim.fault(user, this.pick(faults));
        continue;
      }
      // The room seems to be offline, or says nothing, for some seconds; then it goes on.
      this.figures.flickers++;
      await this.sim.fault(user, draw < 0.95 ? 'offline' : 'silence');
      if (draw < 0.95) await this.sim.fault(user, 'drop');
      await pause(500 + this.random() * 3000);
      await this.sim.fault(user, 'clear');
    }
  }

  async checkFollowers(api) {
    const { status, json } = await api.call('/sessions', { signal: AbortSignal.timeout(30_000) });
    if (status !== 200) return;
    for (const { session, epoch } of this.followers) {
      const now = json.sessions.find((one) => one.session_id === session);
      if (!now) this.problems.add('a session is gone', session);
      else if (now.epoch !== epoch) this.problems.add('a log began anew', `${session}: ${epoch}, then ${now.epoch}`);
      else if (['failed', 'ended', 'disconnected'].includes(now.state))
        this.problems.add('a follower stopped', `${session}: ${now.state} (${now.reason}), ${now.last_error ?? ''}`);
    }
  }

  /** One life of the service, that ends by a signal. */
  async life(number) {
    const { figures, service } = this;
    const signal = this.random() < 0.7 ? 'SIGKILL' : 'SIGTERM';
    if (signal === 'SIGTERM') figures.terminations++;
    if (this.random() < 0.3) {
      const early = { after: Math.floor(this.random() * 200), signal };
      figures.kills++, figures.early_kills++;
      await service.start(early);
      return;
    }
    let lock;
    // A backup holds the database while the service starts, now and then longer than anybody waits for a lock.
    if (number % 12 === 4) {
      figures.locks++, figures.locked_starts++;
      lock = await service.lock(Math.min(this.longest_lock, 6_500));
    }
    let api;
    while (!(api = await service.start())) if (!service.excused && ++this.failed_starts > 3) throw new Error(`no start\n${this.problems}`);
    this.failed_starts = 0;
    const alive = pause(100 + this.random() * (this.random() < 0.3 ? 4000 : 1200));
    await this.checkFollowers(api).catch((error) => this.problems.add('no list of sessions', error.message));
    if (!lock && this.random() < 0.15) {
      figures.locks++;
      lock = await service.lock(Math.min(this.longest_lock, 1000 + this.random() * 7000));
      // Killed while locked, or after it.
      if (this.random() < 0.5) await lock.released;
    }
    await alive;
    figures.kills++;
    await service.end(signal);
    await lock?.released;
  }

  /** Waits until nothing comes any more: streaks whose end was lost have timed out, and the readers are there. */
  async settle(api) {
    let before = '';
    const begun = performance.now();
    for (let quiet = 0; quiet < 8; ) {
      if (performance.now() - begun > settle_limit) return this.problems.add('the logs do not come to rest', before);
      const { json } = await api.call('/sessions');
      const truths = await Promise.all(rooms.map((user) => this.sim.truth(user)));
      const readers = this.followers.flatMap((f) => f.readers).map((r) => r.last);
      const now = JSON.stringify([json.sessions.map((s) => [s.session_id, s.offset]), truths.map((t) => t.total), readers]);
      quiet = now === before ? quiet + 1 : 0;
      before = now;
      await pause(1000);
    }
  }

  async finish() {
    this.over = true;
    for (const visitor of this.visitors) visitor.over = true;
    await Promise.all(this.troubled);
    for (const user of rooms) await this.sim.fault(user, 'clear');
    const api = await this.service.start();
    if (!api) throw new Error(`the last start failed\n${this.problems}`);
    await Promise.all(this.visitors.map((visitor) => visitor.done));
    for (const visitor of this.visitors) await visitor.look(api);
    await pause(3000); // the rooms go on for a while, for those who come late
    for (const user of rooms) await this.sim.rate(user, 0);
    await this.settle(api);
    await this.checkFollowers(api);
    await this.judge(api);
    const readers = [...this.followers, ...this.visitors.flatMap((v) => v.logs)].flatMap((log) => log.readers);
    for (const reader of readers) reader.stop();
    this.service.release();
    await Promise.all(readers.map((reader) => reader.done));
    this.figures.resumes = readers.reduce((sum, reader) => sum + reader.resumes, 0);
    await this.service.end('SIGTERM');
  }

  async judge(api) {
    const { problems, figures } = this;
    const said = {};
    const truth = {};
    for (const user of rooms) [said[user], truth[user]] = [await this.sim.said(user), await this.sim.truth(user)];
    for (const { session, user, epoch, readers } of this.followers) {
      const log = await readPages(api, session);
      figures.events += log.events.length;
      checkLog(problems, session, epoch, log.events);
      checkWhole(problems, session, log.events, said[user], truth[user]);
      checkReaders(problems, readers, log.events);
    }
    for (const { logs } of this.visitors) {
      for (const { session, epoch, username, interrupted, closed, readers } of logs) {
        if (closed) {
          checkReaders(problems, readers);
          continue;
        }
        const log = await readPages(api, session);
        figures.events += log.events.length;
        checkLog(problems, session, epoch, log.events);
        if (!interrupted) checkRest(problems, `${session} of @${username}`, log.events, said[username]);
        checkReaders(problems, readers, log.events);
      }
    }
  }
}

/** Returns {figures, problems}. `longest_lock`: milliseconds. */
export async function runKillLoop({ kills, seed, longest_lock = 8_000, pace = sanitized ? 0.25 : 1, say = () => {} }) {
  const sim = await startSim(...rooms.flatMap((user) => ['--user', user]), '--seed', String(seed));
  const loop = new KillLoop(sim, chance(seed), { longest_lock, pace, say });
  const begun = performance.now();
  try {
    await loop.begin(seed);
    await loop.service.end('SIGKILL');
    loop.figures.kills++;
    loop.failed_starts = 0;
    loop.troubled = [loop.trouble()];
    if (server) loop.troubled.push(troubleDatabase(server, loop, chance(seed + 1)));
    while (loop.figures.kills < kills) {
      await loop.life(loop.figures.kills);
      if (loop.figures.kills % 10 === 0) {
        const { kills: now, early_kills, locks, deletes, replaces } = loop.figures;
        say(`${Math.round((performance.now() - begun) / 1000)} s: ${now} of ${kills} kills, ${early_kills} early, ${locks} locks, ${deletes} deletes, ${replaces} replaces, ${loop.problems.count} problems`);
      }
    }
    await loop.finish();
  } finally {
    loop.over = true;
    await loop.service.abandon();
    await sim.stop();
  }
  return { figures: loop.figures, problems: loop.problems };
}

if (process.argv[1] === import.meta.filename) {
  const kills = Number(process.argv[2] ?? 300);
  const seed = Number(process.argv[3] ?? Date.now() % 100_000);
  if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) {
    console.error('kill_loop.mjs [KILLS] [SEED]');
    process.exit(2);
  }
  console.log(`${kills} kills, seed ${seed}`);
  const { figures, problems } = await runKillLoop({ kills, seed, say: (line) => console.log(line) });
  console.log(Object.entries(figures).map(([name, count]) => `${count} ${name.replaceAll('_', ' ')}`).join(', '));
  console.log(problems.count ? `\n${problems}\nseed ${seed}: FAILED` : `seed ${seed}: every log is the truth`);
  process.exit(problems.count ? 1 : 0);
}
