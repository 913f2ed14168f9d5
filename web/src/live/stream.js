// One room as this page follows it: socket → queue → ring. Nothing is left out in silence: a hole in the offsets is counted.
import { get, sessionPath, PREFIX, link } from '../api/http.js';
import { account, ticket } from '../api/credential.js';
import { createStore } from '../lib/store.js';
import { grow, note, rowOf } from './describe.js';
import { KEPT, KEPT_PAUSED, Ring } from './ring.js';
import { Rates } from './rates.js';
import { familyOf } from './families.js';

/** How many of the newest events a room opens with. */
const START = 1000;
const TOO_MANY = 20_000;
/** Milliseconds between the clocks above which delays are corrected; below, the header `Date`, which has whole seconds, says too little. */
export const SKEWED = 5000;
const LIGHT = 'comment,gift,follow,share,subscribe,viewers,question,emote,envelope,battle,guest,rank,room,control,session,unknown';

/** What a close code means, and whether trying again helps. */
export const closeMeaning = {
  1000: 'the conversation has ended',
  1001: 'the service is stopping or not available',
  1006: 'the connection was cut',
  1009: 'a message was too large',
  1011: 'the service failed',
  4000: 'dropped by this page',
  4001: 'the credentials are no longer valid',
  4003: 'not allowed: the session is not yours, or the origin is not accepted',
  4004: 'the session is unknown, or it was deleted or replaced',
  4008: 'this page was too slow',
  4029: 'a rate limit is reached',
};

const noTotals = () => ({ viewers: null, likes: null, diamonds: null, statsAt: -1 });

export class RoomStream {
  constructor(id) {
    this.id = id;
    this.ring = new Ring();
    this.rates = new Rates();
    this.queue = [];
    this.next = 0; // index in queue
    this.streaks = new Map();
    this.hidden = new Map(); // id of a person → name
    this.position = -1; // offset of the last event in the ring
    this.epoch = '';
    this.missing = 0;
    this.follow = true;
    this.anchor = 0; // position of the top row while not following
    this.selected = -1; // key of the chosen row
    this.unread = 0;
    this.version = 0;
    this.lastByte = 0;
    this.lastEvent = 0;
    this.light = false;
    this.head = 0; // events up to here were stored before this page asked for them: their delay is not measured
    this.slow = []; // times of the last closes with 4008
    this.totals = noTotals();
    /** What the frame around the list shows. `band`: what happened while this page was away. */
    this.status = createStore({ phase: 'connecting', since: Date.now(), attempt: 0, nextAt: 0, code: 0, reason: '', error: null, band: null, short: '', light: false });
    this.wanted = false;
    this.timer = 0;
    this.away = null;
    this.generation = 0;
  }

  open() {
    if (this.wanted) return;
    this.wanted = true;
    this.connect();
  }
  close() {
    this.wanted = false;
    this.generation++;
    clearTimeout(this.timer);
    this.socket?.close(1000);
    this.socket = null;
    this.status.patch({ phase: 'closed' });
  }

  async connect() {
    clearTimeout(this.timer);
    const generation = ++this.generation;
    // Whoever asks for a new connection while there is one (signed in again) must not get every event twice.
    this.socket?.close(1000);
    this.socket = null;
    try {
      // A room that was never read begins with its newest events; one that was read goes on behind its last row.
      if (this.position < 0) {
        const session = await get(sessionPath(this.id));
        if (generation !== this.generation) return;
        this.epoch = session.epoch;
        this.position = Math.max(0, session.offset - START);
        this.head = session.offset;
        this.totals.viewers ??= session.room?.viewers ?? null;
        this.totals.likes ??= session.room?.likes ?? null;
      }
      const once = await ticket(this.id);
      if (generation !== this.generation) return;
      const query = new URLSearchParams({ batch: '1', ticket: once, after: String(this.position), epoch: this.epoch });
      if (this.light) query.set('types', LIGHT);
      this.listen(new WebSocket(`${location.origin.replace(/^http/, 'ws')}${PREFIX}/ws/events/${encodeURIComponent(this.id)}?${query}`), generation);
    } catch (error) {
      if (generation === this.generation) this.retry(0, '', error);
    }
  }

  listen(socket, generation) {
    this.socket = socket;
    // Everything is parsed here and nothing is drawn.
    socket.onmessage = ({ data }) => {
      if (generation !== this.generation) return;
      this.lastByte = Date.now();
      const message = JSON.parse(data);
      if (Array.isArray(message)) for (const event of message) this.queue.push(event, this.lastByte);
      else this.queue.push(message, this.lastByte);
      if (this.queue.length - this.next > TOO_MANY * 2) this.lighten();
    };
    socket.onclose = ({ code, reason }) => generation === this.generation && this.lost(code, reason);
  }

  /** This page cannot keep up: it asks for less, and says so. */
  lighten() {
    if (this.light) return;
    this.light = true;
    this.queue.length = this.next = 0; // they come again: the position is that of the last row
    this.status.patch({ light: true });
    this.socket?.close(4000, 'too slow');
  }
  everything() {
    this.drain(Infinity); // between these events nothing is missing that was asked for
    this.light = false;
    this.status.patch({ light: false });
    this.socket?.close(4000, 'all types');
  }

  lost(code, reason) {
    this.socket = null;
    this.drain(Infinity);
    if (!this.wanted) return;
    this.away ??= { since: this.droppedAt || Date.now(), after: this.position, missing: this.missing };
    if (code === 4008) this.slow = [...this.slow.filter((at) => Date.now() - at < 60_000), Date.now()];
    this.retry(code, reason, null);
  }

  retry(code, reason, error) {
    const attempt = this.status.get().attempt + 1;
    // An access token ends while its socket is open. The next ticket is asked for with a new one, or is refused.
    const fatal = (code === 4001 && attempt > 1) || code === 4003 || error?.status === 401 || error?.status === 403;
    const gone = code === 4004 || error?.status === 404;
    // To ask whether the service answers again costs little; one that refuses is asked less often.
    const down = error && !(error.status && error.status < 502);
    const backoff = Math.min(down ? 2000 : 15_000, 250 * 2 ** Math.min(attempt - 1, 8));
    let wait = backoff / 2 + (Math.random() * backoff) / 2;
    if (code === 4029) wait = Math.max(wait, 5000);
    if (error?.retryAt) wait = Math.max(wait, error.retryAt - Date.now());
    if (gone) wait = Math.max(wait, 3000);
    if (this.droppedAt) wait = Math.max(0, this.droppedAt + 2000 - Date.now());
    const now = Date.now();
    this.status.patch({
      phase: fatal ? 'refused' : gone ? 'gone' : this.position < 0 && !this.away ? 'connecting' : 'reconnecting',
      since: this.away?.since ?? this.status.get().since,
      attempt,
      code,
      reason: reason || closeMeaning[code] || error?.message || '',
      error,
      nextAt: fatal ? 0 : now + wait,
      crowded: this.slow.length > 1,
    });
    if (!fatal) this.timer = setTimeout(() => this.connect(), wait);
  }
  now() {
    this.droppedAt = 0;
    this.connect();
  }
  /** Cuts this page's own connection for two seconds, to show that nothing is lost. */
  drop() {
    if (!this.socket || this.droppedAt) return;
    this.droppedAt = Date.now();
    this.socket.close(4000, 'dropped by the reader');
  }

  /** The first message of a connection: where it begins. */
  async begun(message) {
    const { away } = this;
    const fresh = message.epoch !== this.epoch;
    if (fresh && this.epoch) {
      this.add(note(this.position, `The log starts anew here (epoch ${this.epoch.slice(0, 8)} → ${message.epoch.slice(0, 8)})`));
      this.position = -1;
      this.renewed = true;
      this.ring.renew(); // rows of the log before stay
      this.scanned = null;
      this.streaks.clear();
      this.totals = noTotals();
      this.epoch = '';
      // The new log is read from its beginning, or from its last thousand events.
      this.socket?.close(4000, 'another epoch');
      return;
    }
    if (!message.recovered && message.offset > this.position) {
      const lost = message.offset - this.position;
      if (this.ring.all.length) {
        this.missing += lost;
        this.add(note(this.position, `${lost} events between are no longer kept`));
      }
      this.position = message.offset;
    }
    this.epoch = message.epoch;
    this.droppedAt = 0;
    this.away = null;
    this.status.patch({ phase: 'open', attempt: 0, nextAt: 0, since: Date.now(), error: null, code: 0, reason: '' });
    if (this.renewed || !away) {
      if (this.renewed) this.loadTotals().catch(() => {});
      this.renewed = false; // there is no number of events between two logs; the row in the stream says so
      return;
    }
    const ms = Date.now() - away.since;
    // The head of the log when we came back is where the replay ends.
    this.head = Infinity;
    const head = await get(sessionPath(this.id)).then((session) => session.offset, () => this.position);
    this.head = head;
    this.report = { ms, after: away.after, head, missing: away.missing, epoch: this.epoch };
    this.tellReplay();
  }
  tellReplay() {
    const { report } = this;
    if (!report || this.position < report.head) return;
    this.report = null;
    const band = { ms: report.ms, replayed: Math.max(0, report.head - report.after), missing: this.missing - report.missing };
    this.status.patch(report.ms >= 1500 || band.missing ? { band } : { short: `back after ${report.ms} ms` });
  }

  add(row) {
    row.epoch = this.epoch;
    this.ring.push(row);
    this.version++;
  }

  take(event, at) {
    if (event.type === 'connected' && 'recovered' in event) {
      this.begun(event);
      return;
    }
    if (event.offset === undefined || event.epoch !== this.epoch || event.offset <= this.position) return;
    if (event.offset > this.position + 1 && !this.light) {
      const hole = event.offset - this.position - 1;
      this.missing += hole;
      this.add(note(this.position, `${hole} events are missing here`));
    }
    this.position = event.offset;
    this.lastEvent = at;
    const { skew_ms } = link.get();
    const now = Math.abs(skew_ms) > SKEWED ? at - skew_ms : at;
    const delay = event.historical || event.offset <= this.head ? NaN : Math.max(0, now - event.timestamp_ms);
    const family = familyOf(event.type);
    this.rates.add(event, family, delay);
    if (event.type === 'viewers') this.totals.viewers = event.count;
    else if (event.type === 'like') this.totals.likes = event.total;
    else if (event.type === 'gift') {
      if (event.streak_end && event.offset > this.totals.statsAt && this.totals.diamonds !== null) this.totals.diamonds += event.diamonds ?? 0;
      if (this.streak(event)) return;
    }
    const row = rowOf(event, delay);
    if (event.type === 'gift' && event.streak_id && !event.streak_end) this.streaks.set(event.streak_id, row);
    this.add(row);
    this.unread++;
  }
  /** A running streak is one row that counts. */
  streak(event) {
    const row = this.streaks.get(event.streak_id);
    if (event.streak_end) this.streaks.delete(event.streak_id);
    if (!row || !this.ring.has(row)) return false; // where its row was cut away, the streak goes on in a new one
    grow(row, event);
    this.ring.changed(row);
    this.version++;
    return true;
  }

  /** Takes events for at most `budget` milliseconds. */
  drain(budget) {
    if (this.next >= this.queue.length) return;
    const began = performance.now();
    for (let n = 0; this.next < this.queue.length; n++) {
      if ((n & 31) === 31 && performance.now() - began > budget) break;
      const event = this.queue[this.next];
      const at = this.queue[this.next + 1];
      this.next += 2;
      this.take(event, at);
    }
    if (this.next >= this.queue.length) this.queue.length = this.next = 0;
    else if (this.next > 10_000) {
      this.queue.splice(0, this.next);
      this.next = 0;
    }
    if (this.ring.trim(this.follow ? KEPT : KEPT_PAUSED)) this.scanned = null;
    this.tellReplay();
  }

  async loadTotals() {
    const stats = await get(sessionPath(this.id, '/stats'));
    if (stats.epoch !== this.epoch && this.epoch) return;
    Object.assign(this.totals, { diamonds: stats.gifts.diamonds, statsAt: stats.offset });
    this.totals.likes ??= stats.likes.total;
    this.totals.viewers ??= stats.viewers.now;
    // What came meanwhile is in the ring already and must be added by hand: ask until the numbers meet.
    for (const row of this.ring.all) {
      if (row.epoch === stats.epoch && row.o > stats.offset && row.type === 'gift' && !row.text.includes('(running)')) this.totals.diamonds += row.gems;
    }
  }
}

// A tab that nobody looks at gets no frames, so a timer drains there.
const streams = new Map();
const MOST_OPEN = 4;
let frame = 0;
const watchers = new Set();

function loop(now) {
  frame = document.hidden ? 0 : requestAnimationFrame(loop);
  for (const stream of streams.values()) stream.drain(6);
  for (const watcher of watchers) watcher(now);
}
setInterval(() => {
  if (document.hidden) for (const stream of streams.values()) stream.drain(Infinity);
  else if (!frame) frame = requestAnimationFrame(loop);
}, 500);
addEventListener('visibilitychange', () => !document.hidden && !frame && (frame = requestAnimationFrame(loop)));

/** Calls `watcher` once a frame, after the events of the frame were taken. */
export function onFrame(watcher) {
  watchers.add(watcher);
  if (!frame && !document.hidden) frame = requestAnimationFrame(loop);
  return () => watchers.delete(watcher);
}

/** Whether this page has read the room, so that its rows can stay when it is deleted. */
export const wasRead = (id) => streams.get(id)?.position >= 0;

/** The stream of a room. Rooms that were looked at lately stay open, so switching keeps rows, filters and place. */
export function streamOf(id) {
  let stream = streams.get(id);
  if (stream) streams.delete(id); // to the end: the newest is last
  else stream = new RoomStream(id);
  streams.set(id, stream);
  stream.open();
  const open = [...streams.values()].filter((each) => each.wanted);
  for (const old of open.slice(0, Math.max(0, open.length - MOST_OPEN))) old.close();
  return stream;
}

let state = account.get().state;
account.watch((next) => {
  if (next.state === state) return;
  state = next.state;
  if (state === 'in') for (const stream of [...streams.values()].slice(-MOST_OPEN)) stream.wanted ? stream.now() : stream.open();
  if (state === 'out') {
    for (const stream of streams.values()) stream.close();
    streams.clear();
  }
});
