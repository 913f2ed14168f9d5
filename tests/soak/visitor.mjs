// A session that comes and goes at random: it joins a room, is disconnected and connected again, deleted, replaced. What the
// service has answered is remembered, and every later process must agree with it.
import { kinds } from './log_readers.mjs';
import { pause } from './killed_service.mjs';

const request_limit = 30_000;
const ended_states = ['disconnected', 'ended', 'failed'];

export class Visitor {
  /** The logs that this id has had: {epoch, username, interrupted, readers}. The last is of the session that exists, if one does. */
  logs = [];
  over = false;
  /** Epochs of sessions that were deleted or replaced, as the service has confirmed. */
  #dead = new Set();
  /** What may be true, as far as we know; one entry after each look. undefined stands for "no session". */
  #possible = [undefined];
  #looked = 0;
  #loop;
  #random;

  constructor(loop, id, random) {
    this.#loop = loop;
    this.id = id;
    this.#random = random;
    this.done = this.#run();
  }

  async #run() {
    const { service } = this.#loop;
    while (!this.over) {
      const api = await service.next();
      if (!api || this.over) return;
      try {
        if (this.#looked !== api.number) await this.look(api);
        await this.#step(api);
        await pause(this.#random() * (service.locked || service.away ? 100 : 1500));
      } catch (error) {
        this.#note('no answer', error.message);
        if (error.name === 'AssertionError') throw error;
        this.#looked = 0; // killed while it worked: the next process tells how it went
        await pause(20);
      }
    }
  }

  #note(...words) {
    if (process.env.PAPI_KILL_VERBOSE) console.error(Date.now() % 1e6, this.id, ...words);
  }

  /** Ends the readers of logs that are gone, and begins those of a new one. */
  #take(session) {
    const current = this.logs.at(-1);
    if (current && !current.closed && current.epoch !== session?.epoch) current.closed = true;
    if (session && (!current || current.epoch !== session.epoch)) {
      const { service, problems } = this.#loop;
      const wanted = kinds.filter(() => this.#random() < 0.6);
      const readers = wanted.map((Kind) => new Kind(service, problems, this.id, session.epoch));
      this.logs.push({ session: this.id, epoch: session.epoch, username: session.username, interrupted: false, closed: false, readers });
    }
    if (session && !session.running) this.logs.at(-1).interrupted = true;
  }

  #bury(epoch) {
    if (epoch) this.#dead.add(epoch);
  }

  /** Asks the service what it knows of this session, and compares. */
  async look(api) {
    const { problems } = this.#loop;
    const { status, json } = await api.call(`/sessions/${this.id}`, { signal: AbortSignal.timeout(request_limit) });
    if (status !== 200 && status !== 404) throw new Error(`status ${status}`);
    const running = status === 200 && !ended_states.includes(json.state);
    const found = status === 200 ? { epoch: json.epoch, username: json.username, running } : undefined;
    const told = found ? `epoch ${found.epoch} of @${found.username}, ${json.state} (${json.reason})` : 'none';
    if (found && this.#dead.has(found.epoch)) problems.add('a deleted session came back', `${this.id}: ${told}`);
    const agrees = this.#possible.some((one) => {
      if (!one || !found) return !one && !found;
      if (one.username !== found.username) return false;
      return (one.epoch === undefined || one.epoch === found.epoch) && (one.running === undefined || one.running === found.running);
    });
    if (!agrees) problems.add('the service forgot what it had answered', `${this.id}: ${told}; possible: ${JSON.stringify(this.#possible.map((p) => p ?? 'none'))}`);
    this.#note('look', api.number, told);
    this.#possible = [found];
    this.#looked = api.number;
    this.#take(found);
    return found;
  }

  async #step(api) {
    const [now] = this.#possible;
    const { figures, service } = this.#loop;
    const draw = this.#random();
    if (!now) return this.#connect(api, undefined, {});
    if (service.locked || service.away || draw < 0.4) {
      if (this.#random() < 0.5) return this.#delete(api, now);
      figures.replaces++;
      return this.#connect(api, now, { replace: true });
    }
    if (draw < 0.7) return now.running ? this.#disconnect(api, now) : this.#connect(api, now, {});
  }

  async #request(api, path, options, possible) {
    this.#possible = possible;
    const reply = await api.call(path, { ...options, signal: AbortSignal.timeout(request_limit) });
    this.#note(options.method, path, JSON.stringify(options.body), reply.status, reply.json?.epoch ?? '');
    if (reply.status >= 500) this.#loop.figures.refusals++;
    return reply;
  }

  async #connect(api, now, more) {
    const { rooms, figures, problems } = this.#loop;
    const others = rooms.filter((user) => user !== now?.username);
    const username = now && !more.replace ? now.username : others[Math.floor(this.#random() * others.length)];
    const body = { session_id: this.id, username, wait_until_live: true, ...more };
    const fresh = { epoch: now && !more.replace ? now.epoch : undefined, username };
    figures.joins++;
    const { status, json } = await this.#request(api, '/connect', { method: 'POST', body }, [now && { ...now, running: undefined }, fresh]);
    if (status !== 200) return this.look(api);
    if (now && more.replace) {
      if (json.epoch === now.epoch) problems.add('replace kept the log', `${this.id}: epoch ${json.epoch}`);
      this.#bury(now.epoch);
    }
    if (now && !more.replace && json.epoch !== now.epoch) problems.add('connect began another log', `${this.id}: ${now.epoch}, then ${json.epoch}`);
    const session = { epoch: json.epoch, username: json.username, running: true };
    this.#possible = [session];
    this.#take(session);
  }

  async #disconnect(api, now) {
    this.#loop.figures.disconnects++;
    this.logs.at(-1).interrupted = true;
    const body = { session_id: this.id };
    const { status } = await this.#request(api, '/disconnect', { method: 'POST', body }, [{ ...now, running: undefined }]);
    if (status !== 200) return this.look(api);
    this.#possible = [{ ...now, running: false }];
  }

  async #delete(api, now) {
    this.#loop.figures.deletes++;
    const { status } = await this.#request(api, `/sessions/${this.id}`, { method: 'DELETE' }, [now && { ...now, running: undefined }, undefined]);
    if (status !== 200) return this.look(api);
    this.#bury(now.epoch);
    this.#possible = [undefined];
    this.#take(undefined);
  }
}
