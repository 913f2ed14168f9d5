// Readers of one session's log over each transport. Each resumes by epoch and offset after every kill, from the log's beginning
// on, and remembers a digest of every row.
import { createHash } from 'node:crypto';
import { KEY } from '../service/programs.mjs';
import { pause } from './killed_service.mjs';

/** The same for the same members in the same order, whatever the transport. */
export const digestOf = (event) => createHash('sha1').update(JSON.stringify(event)).digest('base64').slice(0, 12);

export class LogReader {
  rows = [];
  resumes = 0;
  over = false;
  /** Why the log is gone: its session was deleted or replaced. */
  gone;
  #ids = new Set();
  #stopped = Promise.withResolvers();
  #service;
  #problems;

  constructor(service, problems, session, epoch) {
    this.#service = service;
    this.#problems = problems;
    this.session = session;
    this.epoch = epoch;
    this.done = this.#run();
  }

  get name() {
    return `${this.constructor.name} of ${this.session} (epoch ${this.epoch})`;
  }
  get last() {
    return this.rows.length;
  }

  /** What a transport says before the first row. `anywhere`: the reader has asked for the log that there is, whichever. */
  welcome(start, anywhere = false) {
    if (start.epoch !== undefined && start.epoch !== this.epoch) {
      if (start.recovered !== false && !anywhere) this.#problems.add('resumed into another log without being told', `${this.name}: ${JSON.stringify(start)}`);
      this.leave(`epoch ${start.epoch}`);
    } else if (start.recovered === false) {
      // A fault where the log still exists at the end; while its session is being deleted it is right.
      this.leave(`nothing recovered behind offset ${this.last}, but from ${start.offset} on`);
    }
  }

  add(event) {
    if (this.over) return;
    if (event.epoch !== this.epoch) return this.leave(`a row of epoch ${event.epoch}`);
    if (event.offset !== this.last + 1) {
      this.#problems.add('a hole in the offsets', `${this.name}: ${event.offset} after ${this.last}`);
      return this.leave('a hole');
    }
    if (event.type !== 'session') {
      if (this.#ids.has(event.id)) this.#problems.add('an id came twice', `${this.name}: ${JSON.stringify(event).slice(0, 400)}`);
      this.#ids.add(event.id);
    }
    this.rows.push(digestOf(event));
  }

  leave(why) {
    if (process.env.PAPI_KILL_VERBOSE) console.error(Date.now() % 1e6, this.name, 'leaves:', why);
    this.gone ??= why;
    this.stop();
  }

  stop() {
    this.over = true;
    this.close?.();
    this.#stopped.resolve();
  }

  async #run() {
    while (!this.over) {
      const api = await this.#service.next();
      if (!api || this.over) return;
      try {
        // Node's fetch and WebSocket do not always say that a killed service is gone: what came before its end is taken then.
        await Promise.race([this.read(api), api.gone.then(() => pause(1000)), this.#stopped.promise]);
        this.close?.();
      } catch {
        await pause(20); // the service is gone, or is not up yet
      }
      this.resumes++;
    }
  }
}

export class SocketReader extends LogReader {
  async read(api) {
    const address = `${api.origin.replace('http', 'ws')}/ws/events/${this.session}?after=${this.last}&epoch=${this.epoch}&api_key=${KEY}`;
    const socket = new WebSocket(address);
    let first = true;
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (first) this.welcome(message);
      else this.add(message);
      first = false;
    };
    const { code } = await new Promise((resolve) => {
      socket.onclose = resolve;
      socket.onerror = () => {};
      this.close = () => (socket.close(), resolve({ code: 1000 }));
    });
    if (code === 4004) this.leave('unknown session');
    else if (first && !this.over) throw new Error(`closed with ${code}`);
  }
}

/** Reads the lines of an answer that does not end. */
class StreamedReader extends LogReader {
  async lines(api, path, headers, take) {
    const abort = new AbortController();
    this.close = () => abort.abort();
    const reply = await fetch(api.origin + path, { headers: { 'X-API-Key': KEY, ...headers }, signal: abort.signal });
    if (reply.status === 404) {
      await reply.body.cancel();
      return this.leave('unknown session');
    }
    if (reply.status !== 200) throw new Error(`status ${reply.status}`);
    let text = '';
    for await (const chunk of reply.body.pipeThrough(new TextDecoderStream())) {
      const lines = (text + chunk).split('\n');
      text = lines.pop();
      for (const line of lines) take(line);
    }
  }
}

export class EventStreamReader extends StreamedReader {
  #id = 'earliest';
  async read(api) {
    let id;
    let kind;
    await this.lines(api, `/sessions/${this.session}/stream`, { 'Last-Event-ID': this.#id }, (line) => {
      if (line === '') id = kind = undefined;
      else if (line.startsWith('id: ')) id = line.slice(4);
      else if (line.startsWith('event: ')) kind = line.slice(7);
      else if (line.startsWith('data: ')) {
        const data = JSON.parse(line.slice(6));
        if (kind === 'connected' || data.type === 'connected') this.welcome(data, this.#id === 'earliest');
        else this.add(data);
        if (id !== undefined) this.#id = id;
      }
    });
  }
}

export class LineReader extends StreamedReader {
  async read(api) {
    const path = `/sessions/${this.session}/events?follow=1&after=${this.last}&epoch=${this.epoch}`;
    await this.lines(api, path, { Accept: 'application/x-ndjson' }, (line) => {
      const object = line ? JSON.parse(line) : {};
      if (object.offset !== undefined && object.type !== 'heartbeat') this.add(object);
    });
  }
}

export const kinds = [SocketReader, EventStreamReader, LineReader];
