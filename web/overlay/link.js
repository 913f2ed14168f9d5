// The connection to the service: a ticket for the token, a WebSocket for the ticket, and again for ever.
import { waitBefore } from './position.js';

/** A socket that says nothing for so long is replaced: it may be dead without knowing it (sleep, a changed network). */
const SILENCE = 90_000;
const REFUSED_WAIT = 300_000;
/** A connection that lasted longer was a good one: the waits begin anew. */
const STEADY = 2000;

export const API = '/api';

/** Whether a header can hold `token`. The dots that hide a token in the builder cannot be one: no browser would send them. */
export const isHeader = (token) => /^[\x21-\x7e]+$/.test(token);

/** Keys and tokens go in different headers. A key works here, but an address is no place for one. */
export const authorization = (token) => (/^st_|^[\w-]+\.[\w-]+\.[\w-]+$/.test(token) ? { Authorization: `Bearer ${token}` } : { 'X-API-Key': token });

/**
 * `query()` is the position to go on from. `onHello(message)`, `onEvents(list)`; `onState` gets `open`, `lost` (tries go on)
 * or `refused` (the token is not valid for this). Returns `{lose, now}`: the first cuts the socket, `now()` is the service's time.
 */
export function openLink({ session, types, token, query, onHello, onEvents, onState }) {
  let socket = null;
  let timer = 0;
  let failures = 0;
  let skew = 0;
  let heardAt = 0;

  const later = (wait, state = 'lost') => {
    onState(state);
    clearTimeout(timer);
    timer = setTimeout(attempt, wait);
  };
  const fail = (reason, least = 0) => {
    const wait = Math.max(waitBefore(++failures), least);
    console.info(`overlay: ${reason}; trying again in ${Math.round(wait)} ms`);
    later(wait);
  };
  const refuse = (reason) => {
    console.error(`overlay: ${reason}`);
    later(REFUSED_WAIT, 'refused');
  };

  async function attempt() {
    let answer;
    let body;
    try {
      answer = await fetch(`${API}/auth/tickets`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...authorization(token) },
        body: JSON.stringify({ session_ids: [session] }),
        signal: AbortSignal.timeout(10_000),
      });
      skew = Date.parse(answer.headers.get('Date')) + 500 - Date.now() || 0;
      body = await answer.json();
    } catch (error) {
      return fail(`no ticket: ${error.message}`);
    }
    if (answer.status === 401 || answer.status === 403) return refuse(`${answer.status} ${body.message}`);
    if (!answer.ok) return fail(`no ticket: ${answer.status} ${body.message}`, 1000 * (body.retry_after ?? answer.headers.get('Retry-After') ?? 0));
    open(body.ticket);
  }

  function open(ticket) {
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const it = new WebSocket(`${scheme}//${location.host}${API}/ws/events/${encodeURIComponent(session)}?batch=1&types=${types}&ticket=${ticket}${query()}`);
    socket = it;
    heardAt = Date.now();
    let greetedAt = 0;
    it.onmessage = ({ data }) => {
      if (it !== socket) return;
      heardAt = Date.now();
      const message = JSON.parse(data);
      if (Array.isArray(message)) return onEvents(message);
      if (message.type !== 'connected') return onEvents([message]);
      greetedAt = Date.now();
      onHello(message);
      onState('open');
    };
    it.onclose = ({ code, reason }) => {
      if (it !== socket) return;
      socket = null;
      // A token that ends while it reads is told by the next ticket.
      if (!greetedAt && (code === 4001 || code === 4003)) return refuse(`${code} ${reason}`);
      if (greetedAt && Date.now() - greetedAt > STEADY) failures = 0;
      fail(`closed: ${code} ${reason}`);
    };
  }

  const lose = (reason) => {
    const old = socket;
    if (!old) return;
    socket = null;
    old.close();
    fail(reason);
  };
  let tick = Date.now();
  setInterval(() => {
    const now = Date.now();
    if (now - tick > 20_000) lose('this computer slept');
    else if (socket && now - heardAt > SILENCE) lose('nothing heard');
    tick = now;
  }, 5000);

  attempt();
  return { lose, now: () => Date.now() + skew };
}
