import { BackOff } from './back_off.js';
import { badCredentials, codeOfStatus, isFinal, lost, tooSlow, unknownSession } from './close_codes.js';
import { CloseError } from './errors.js';
import { EventQueue } from './event_queue.js';
import { openSocket, openStream } from './transports.js';

const defaults = { from: 'now', afterLoss: 'live', transport: 'auto', waitForSession: false, maxQueue: 10_000, connectTimeout: 15_000 };

/**
 * The events of one session, each once and in order. It reconnects by itself and goes on behind the last event. It begins when
 * somebody listens: by on(), by a loop or by start().
 */
export class LiveEvents {
  #api;
  #listeners = new Map();
  #queues = new Set();
  #state = { state: 'idle', attempt: 0 };
  #query;
  #transport;
  #wanted = 'now'; // where to begin as long as there is no position: 'now' or 'earliest'
  #received; // position of the last event that came
  #handled; // position of the last event that was handed out
  #replaying = false; // the start of the event log was asked for, because the position was lost
  #ticketed = false; // the last try had a ticket, which a restart of the service makes invalid
  #refusals = 0; // credentials refused since the last connection that was good
  #connection = 0; // number of the connection; reports of earlier ones are ignored
  #end = () => {};
  #timer;
  #silence;
  #keepalive = 25_000;
  #heardAt = 0;
  #error; // why the service refused for good

  constructor(api, session, options = {}) {
    const settings = { ...defaults, ...options };
    this.#api = api;
    this.session = session;
    this.settings = settings;
    this.backOff = new BackOff(settings.backOff);
    if (typeof settings.from === 'object') this.#received = this.#handled = { offset: settings.from.offset, epoch: settings.from.epoch };
    else this.#wanted = settings.from;
    this.#query = { types: settings.types?.join(','), user: settings.user, contains: settings.contains };
    this.#transport = settings.transport === 'auto' ? (api.WebSocket ? 'websocket' : 'stream') : settings.transport;
  }

  /** `{ state, attempt, retryInMs?, code?, reason? }`; `state`: idle connecting open waiting paused closed. */
  get state() {
    return this.#state;
  }
  /** Position of the last event that a listener or loop was given: `{ offset, epoch }`. Keep it to go on after a restart. */
  get position() {
    return this.#handled && { ...this.#handled };
  }

  /** Calls `listener` with each event of a type, or with `event`, `open`, `state`, `gap`, `epoch`, `closed`. Returns a function that stops it. */
  on(type, listener) {
    if (!this.#listeners.has(type)) this.#listeners.set(type, new Set());
    this.#listeners.get(type).add(listener);
    if (this.#state.state === 'idle') queueMicrotask(() => this.start());
    return () => this.off(type, listener);
  }
  off(type, listener) {
    this.#listeners.get(type)?.delete(listener);
  }
  /** One loop; events that come while it is busy wait for it. It ends with close(), and throws a CloseError if the service refuses for good. */
  [Symbol.asyncIterator]() {
    const queue = new EventQueue(
      (event) => {
        this.#handled = { offset: event.offset, epoch: event.epoch };
        if (this.#state.state === 'paused' && !this.#full(2)) this.#open();
      },
      () => {
        this.#queues.delete(queue);
        if (this.#queues.size === 0 && ![...this.#listeners.values()].some((those) => those.size > 0)) this.close();
      },
    );
    if (this.#state.state === 'closed') queue.end(this.#error);
    else this.#queues.add(queue), this.start();
    return queue;
  }

  start() {
    if (this.#state.state !== 'idle') return this;
    globalThis.addEventListener?.('online', this.#online);
    this.#open();
    return this;
  }
  #online = () => this.retryNow();
  /** Tries now instead of waiting, for example when a page is shown again. */
  retryNow() {
    if (this.#state.state === 'waiting') this.#open();
  }
  /** Ends it for good. */
  close() {
    if (this.#state.state !== 'closed') this.#finish({ code: 1000, reason: 'closed by the client' });
  }

  #emit(type, value) {
    for (const listener of this.#listeners.get(type) ?? []) {
      try {
        listener(value);
      } catch (error) {
        queueMicrotask(() => { throw error; }); // a faulty listener is reported, and stops no other one
      }
    }
  }
  #become(state, more = {}) {
    this.#state = { state, attempt: this.backOff.failures, ...more };
    this.#emit('state', this.#state);
  }
  #full(share = 1) {
    for (const queue of this.#queues) if (queue.size >= this.settings.maxQueue / share) return true;
    return false;
  }
  /** Leaves the present connection; what it still reports is ignored. */
  #leave() {
    clearTimeout(this.#timer);
    clearInterval(this.#silence);
    this.#connection++;
    const end = this.#end;
    this.#end = () => {};
    end();
  }

  async #open() {
    this.#leave();
    const connection = this.#connection;
    const current = () => connection === this.#connection;
    this.#become('connecting');
    if (!current()) return;
    this.#timer = setTimeout(() => this.#closed({ code: lost, reason: 'no answer in time' }), this.settings.connectTimeout);
    const report = {
      message: (value) => current() && this.#take(value, current),
      heard: () => current() && (this.#heardAt = Date.now()),
      closed: (end) => current() && this.#closed(end),
    };
    const query = { ...this.#query };
    if (this.#replaying || (!this.#received && this.#wanted === 'earliest')) query.after = 0;
    else if (this.#received) query.after = this.#received.offset;
    if (query.after > 0) query.epoch = this.#received.epoch;
    const path = encodeURIComponent(this.session);
    try {
      if (this.#transport === 'websocket') {
        const credential = await this.#api.queryCredential(this.session);
        if (!current()) return;
        this.#ticketed = credential.ticket !== undefined;
        const url = this.#url(`/ws/events/${path}`, { ...query, batch: 1, ...credential }).replace(/^http/, 'ws');
        this.#end = openSocket(this.#api.WebSocket, url, report);
      } else {
        const headers = await this.#api.headers();
        const credential = this.#api.canCall ? {} : await this.#api.queryCredential(this.session);
        if (!current()) return;
        this.#ticketed = credential.ticket !== undefined;
        this.#end = openStream(this.#api.fetch, this.#url(`/sessions/${path}/stream`, { ...query, ...credential }), headers, report);
      }
    } catch (error) {
      if (!current()) return;
      const code = typeof error.status === 'number' ? codeOfStatus(error.status) : lost;
      this.#closed({ code, reason: error.message, retryAfter: error.retryAfter });
    }
  }
  #url(path, query) {
    const url = new URL(this.#api.url + path);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
    return url.href;
  }

  #take(value, current) {
    this.#heardAt = Date.now();
    if (Array.isArray(value)) for (const event of value) current() && this.#event(event);
    else if (value.type === 'connected' && value.id === undefined) this.#hello(value);
    else this.#event(value);
    if (current() && this.#full()) {
      this.#leave();
      this.#become('paused');
    }
  }

  #hello(hello) {
    clearTimeout(this.#timer);
    this.#refusals = 0;
    const before = this.#received;
    const sameLog = before?.epoch === hello.epoch;
    if (before && !sameLog) this.#emit('epoch', { from: before.epoch, to: hello.epoch });
    if (before && !hello.recovered) {
      this.#emit('gap', { source: 'history', from: before, to: { offset: hello.offset, epoch: hello.epoch } });
      if (this.settings.afterLoss === 'earliest' && !this.#replaying) {
        this.#replaying = true;
        if (!sameLog || before.offset > hello.offset) this.#received = { offset: 0, epoch: hello.epoch };
        return this.#open();
      }
    }
    if (!sameLog || !(hello.recovered || this.#replaying)) this.#received = { offset: hello.offset, epoch: hello.epoch };
    this.#replaying = false;
    if (![...this.#queues].some((queue) => queue.size > 0)) this.#handled = this.#received;
    this.#keepalive = (hello.keepalive_seconds ?? 25) * 1000;
    this.#silence = setInterval(() => this.#listenForSilence(), this.#keepalive);
    this.#become('open');
    this.#emit('open', hello);
  }

  #event(event) {
    if (this.#received?.epoch === event.epoch && event.offset <= this.#received.offset) return;
    if (this.#received && this.#received.epoch !== event.epoch) this.#emit('epoch', { from: this.#received.epoch, to: event.epoch });
    this.#received = { offset: event.offset, epoch: event.epoch };
    this.backOff.reset();
    for (const queue of this.#queues) queue.add(event);
    if (this.#queues.size === 0) this.#handled = this.#received;
    this.#emit(event.type, event);
    this.#emit('event', event);
    if (event.type === 'session' && event.gap_ms > 0) this.#emit('gap', { source: 'upstream', ms: event.gap_ms, event });
  }

  /**
   * A stream has heartbeats. Those of a WebSocket are invisible to scripts: where nothing came for long, the service is asked
   * whether there is an event that should have come.
   */
  async #listenForSilence() {
    const silent = () => Date.now() - this.#heardAt > 2 * this.#keepalive;
    if (!silent()) return;
    const end = { code: lost, reason: 'nothing came for too long' };
    if (this.#transport === 'stream' || !this.#api.canCall) return this.#closed(end);
    const connection = this.#connection;
    const before = this.#received;
    const missed = await this.#api
      .request('GET', `/sessions/${encodeURIComponent(this.session)}/events`, {
        query: { ...this.#query, after: before.offset, limit: 1 },
        signal: AbortSignal.timeout(this.settings.connectTimeout),
      })
      .then((page) => page.epoch !== before.epoch || page.events.length > 0, () => true);
    if (connection !== this.#connection) return;
    if (missed && silent()) this.#closed(end);
    else this.#heardAt = Date.now();
  }

  #closed({ code, reason, retryAfter }) {
    const renewed = code === badCredentials && (this.#ticketed || this.#api.renewable) && this.#refusals++ < 2;
    const awaited = code === unknownSession && this.settings.waitForSession;
    if (isFinal(code) && !renewed && !awaited) return this.#finish({ code, reason });
    this.#leave();
    const least = retryAfter !== undefined ? retryAfter * 1000 : code === tooSlow ? 1000 : 0;
    const retryInMs = Math.round(this.backOff.next(least));
    this.#timer = setTimeout(() => this.#open(), retryInMs);
    this.#become('waiting', { retryInMs, code, reason });
  }
  #finish({ code, reason }) {
    this.#leave();
    globalThis.removeEventListener?.('online', this.#online);
    this.#error = code === 1000 ? undefined : new CloseError(code, reason);
    this.#become('closed', { code, reason });
    for (const queue of this.#queues) queue.end(this.#error);
    this.#queues.clear();
    this.#emit('closed', { code, reason, error: this.#error });
  }
}
