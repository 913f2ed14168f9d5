import { ApiError, errorOfAnswer } from './errors.js';
import { LiveEvents } from './live_events.js';

const baseOf = (url) => {
  const page = globalThis.location?.href;
  return new URL(url, page && /^https?:/.test(page) ? page : undefined).href.replace(/[?#].*$/, '').replace(/\/+$/, '');
};
const valueOf = async (given) => (typeof given === 'function' ? given() : given);
const id = encodeURIComponent;

/** One service. `key`, `token` and `ticket` are credentials; each may be a function that returns a new one. */
export class ProfileEngagementApi {
  #key;
  #token;
  #ticket;
  constructor(url, { key, token, ticket, fetch, WebSocket } = {}) {
    this.url = baseOf(url);
    this.#key = key;
    this.#token = token;
    this.#ticket = ticket;
    this.fetch = fetch ?? ((...request) => globalThis.fetch(...request));
    this.WebSocket = WebSocket === undefined ? globalThis.WebSocket : WebSocket;
  }

  /** Whether the next connection may have other credentials than the last one had. */
  get renewable() {
    return typeof this.#ticket === 'function' || typeof this.#token === 'function' || typeof this.#key === 'function';
  }
  /** Whether requests can be made; a ticket is good for one connection only. */
  get canCall() {
    return this.#key !== undefined || this.#token !== undefined;
  }

  async headers() {
    const key = await valueOf(this.#key);
    if (key !== undefined) return { 'X-API-Key': key };
    const token = await valueOf(this.#token);
    return token === undefined ? {} : { Authorization: `Bearer ${token}` };
  }
  /**
   * The query of a WebSocket, which takes no headers. A key and an access token stay out of addresses: a ticket is asked for
   * instead. A stream token is made for addresses.
   */
  async queryCredential(session) {
    if (this.#ticket !== undefined) return { ticket: await valueOf(this.#ticket) };
    if (this.#key === undefined && this.#token !== undefined) {
      const token = await valueOf(this.#token);
      if (token.startsWith('st_')) return { token };
    }
    return this.canCall ? { ticket: (await this.ticket(session)).ticket } : {};
  }

  /** One request. Returns the JSON of the answer, or throws an ApiError. */
  async request(method, path, { query, body, headers, signal } = {}) {
    const url = new URL(this.url + path);
    for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) url.searchParams.set(name, String(value));
    const options = { method, headers: { Accept: 'application/json', ...(await this.headers()), ...headers }, signal };
    if (body !== undefined) {
      options.headers['Content-Type'] = 'application/json';
      options.body = JSON.stringify(body);
    }
    let reply;
    let text;
    try {
      reply = await this.fetch(url.href, options);
      text = await reply.text();
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new ApiError(`${method} ${path}: no answer (${error.cause?.message ?? error.message})`, { cause: error });
    }
    if (!reply.ok) throw errorOfAnswer(reply, text);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Follows a room. `username` may be a name, `@name` or a link. Options: `roomId`, `waitUntilLive`, `replace`. */
  connect(session, username, { roomId, waitUntilLive, replace } = {}) {
    const body = { session_id: session, username, room_id: roomId, wait_until_live: waitUntilLive, replace };
    return this.request('POST', '/connect', { body });
  }
  disconnect(session) {
    return this.request('POST', '/disconnect', { body: { session_id: session } });
  }
  async sessions() {
    return (await this.request('GET', '/sessions')).sessions;
  }
  session(session) {
    return this.request('GET', `/sessions/${id(session)}`);
  }
  deleteSession(session) {
    return this.request('DELETE', `/sessions/${id(session)}`);
  }

  /** One page of kept events: `{ events, next_after, more, epoch }`. */
  eventsPage(session, { types, ...query } = {}) {
    return this.request('GET', `/sessions/${id(session)}/events`, { query: { ...query, types: types?.join(',') } });
  }
  /** All kept events, page by page, up to the newest one. */
  async *events(session, { after = 0, limit = 1000, ...query } = {}) {
    for (let more = true; more; ) {
      const page = await this.eventsPage(session, { ...query, after, limit });
      yield* page.events;
      ({ next_after: after, more } = page);
      query.epoch = page.epoch;
    }
  }

  stats(session) {
    return this.request('GET', `/sessions/${id(session)}/stats`);
  }
  /** `by`: comments, gifts, likes or shares. `window`: seconds. */
  async leaderboard(session, { by = 'gifts', limit, window } = {}) {
    return (await this.request('GET', `/sessions/${id(session)}/leaderboard`, { query: { by, limit, window } })).leaderboard;
  }
  timeline(session, query = {}) {
    return this.request('GET', `/sessions/${id(session)}/timeline`, { query });
  }
  async gifts() {
    return (await this.request('GET', '/gifts')).gifts;
  }
  profile(username) {
    return this.request('GET', `/profile/${id(username.replace(/^@/, ''))}`);
  }
  /** A ticket that opens one socket or stream of one of these sessions, or one picture, within a minute. */
  ticket(...sessions) {
    return this.request('POST', '/auth/tickets', { body: sessions.length > 0 ? { session_ids: sessions } : {} });
  }
  /** The address of a person's picture in an event; it needs no credentials. */
  pictureUrl(user) {
    return user?.picture ? this.url + user.picture : undefined;
  }

  /** The events of a session as they happen. */
  live(session, options) {
    return new LiveEvents(this, session, options);
  }
}
