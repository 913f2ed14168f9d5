// The service between kills: it is started in one folder again and again, and ended while it starts or when it is up.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { holdLock } from '../service/databases.mjs';
import { startApi } from '../service/programs.mjs';

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ready_limit = 90_000;
const end_limit = 60_000;
const sanitizer_report = /(ERROR: AddressSanitizer|WARNING: ThreadSanitizer|runtime error:)[\s\S]{0,4000}/;

export class KilledService {
  folder = mkdtempSync(join(tmpdir(), 'kill-loop-'));
  starts = 0;
  /** While another process holds the database. */
  locked = false;
  /** While PostgreSQL is away. */
  away = false;
  /** How often it went away. */
  absences = 0;
  /** Whether the last start could not be asked to succeed. */
  excused = false;
  #sim;
  #settings;
  #problems;
  #up;
  #waiters = [];

  constructor(sim, settings, problems) {
    this.#sim = sim;
    this.#settings = settings;
    this.#problems = problems;
  }

  /** The service that is up, or the next that will be. */
  next() {
    return this.#up ? Promise.resolve(this.#up) : new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Lets those who wait for the next service go, when there will be none. */
  release() {
    for (const waiter of this.#waiters.splice(0)) waiter(undefined);
  }

  /**
   * Starts the service. With `early`, it gets that signal after so many milliseconds, ready or not. Returns the service, or
   * undefined if it was not ready before its end.
   */
  async start(early) {
    this.starts++;
    const { absences } = this;
    const troubled = () => this.locked || this.away || this.absences !== absences;
    this.excused = troubled();
    let child;
    const timers = [];
    const coming = startApi(this.#sim, this.#settings, this.folder, (spawned) => {
      child = spawned;
      timers.push(setTimeout(() => child.kill('SIGKILL'), ready_limit));
      if (early) timers.push(setTimeout(() => child.kill(early.signal), early.after));
    });
    try {
      const api = await coming;
      if (early) {
        await this.#ended(child, early.signal);
        this.#check(api.output());
        return undefined;
      }
      this.#up = api;
      api.number = this.starts;
      api.gone = once(child, 'exit');
      for (const waiter of this.#waiters.splice(0)) waiter(api);
      return api;
    } catch (error) {
      this.#check(error.message);
      if (early && child?.killed) return undefined;
      // It ended by itself. While somebody else holds the database, or that is away, it may refuse to start.
      this.excused ||= troubled();
      if (this.excused) return undefined;
      this.#problems.add('a start failed', error.message.slice(-1500));
      return undefined;
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
  }

  async end(signal) {
    const api = this.#up;
    this.#up = undefined;
    api.child.kill(signal);
    await this.#ended(api.child, signal);
    this.#check(api.output());
    if (signal === 'SIGTERM' && api.child.exitCode !== 0)
      this.#problems.add('SIGTERM', `exit code ${api.child.exitCode}, signal ${api.child.signalCode}: ${api.output().slice(-1500)}`);
  }

  async #ended(child, signal) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const timer = setTimeout(() => {
      this.#problems.add(signal, `the service was still there after ${end_limit} ms`);
      child.kill('SIGKILL');
    }, end_limit);
    await once(child, 'exit');
    clearTimeout(timer);
  }

  #check(output) {
    const report = sanitizer_report.exec(output);
    if (report) this.#problems.add('a sanitizer', report[0]);
  }

  /** Another process takes the database for itself. Returns when it has it; `released` when it has let go. */
  async lock(ms) {
    const lock = await holdLock(this.folder);
    this.locked = lock.held;
    const release = async () => {
      await pause(lock.held ? ms : 0);
      await lock.release();
      this.locked = false;
    };
    return { held: lock.held, released: release() };
  }

  /** Ends what runs, whatever has happened, and removes the folder. */
  async abandon() {
    this.release();
    if (this.#up) await this.end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
