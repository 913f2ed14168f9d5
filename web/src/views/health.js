// Health: one sentence made by rules, then the chain from TikTok to the readers, then the figures behind it.
import { html, useEffect, useState } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { account, can } from '../api/credential.js';
import { get, link, request, sessionPath } from '../api/http.js';
import { nextTryOf, rooms, runs, stateOf } from '../rooms/rooms.js';
import { bytes, count, date, hourMinute, plural } from '../lib/format.js';
import { Copy, Private, Skeleton } from '../ui/basics.js';
import { Problem } from '../ui/problem.js';
import { clean } from '../live/text.js';
import { chainOf, metricsOf, sentenceOf } from '../charts/health_rules.js';

/** Asks again and again; a route that an older service has not is told once and left alone. */
function usePoll(ask, every, depends = []) {
  const [answer, set] = useState({ data: null, error: null });
  useEffect(() => {
    let alive = true;
    let timer = 0;
    const run = async () => {
      try {
        const data = await ask();
        if (alive) set({ data, error: null });
      } catch (error) {
        if (!alive) return;
        set((old) => ({ ...old, error }));
        if (error.status === 404 || error.status === 403) return;
      }
      if (alive) timer = setTimeout(run, every);
    };
    run();
    return () => {
      alive = false;
      clearTimeout(timer);
    };
  }, depends);
  return answer;
}

export default function Health() {
  const { list } = useStore(rooms);
  const { me } = useStore(account);
  const state = useStore(link);
  const admin = can('admin', me);
  const ready = usePoll(async () => (await request('GET', '/readyz', { query: { verbose: '' } })).json(), 5000);
  const health = usePoll(() => get('/healthcheck', undefined, { timed: true }), 5000);
  const detailed = usePoll(() => get('/monitoring/detailed'), 10_000);
  const metrics = usePoll(async () => {
    const response = await request('GET', '/metrics');
    if (!response.ok) throw Object.assign(new Error(`HTTP ${response.status}`), { status: response.status });
    return metricsOf(await response.text());
  }, 10_000);
  const sentence = sentenceOf(list ?? [], state, ready.data);
  const report = () => [sentence.text, `at ${new Date().toISOString()}, version ${health.data?.version ?? '?'}`, ...chainOf(list ?? [], state, ready.data).map((part) => `${part.name}: ${part.word}${part.more ? ` (${part.more})` : ''}`), ...(list ?? []).map((room) => `${room.session_id}: ${room.state} ${room.reason ?? ''} offset ${room.offset}`)].join('\n');
  return html`<div class="page health">
    <div class="page-head"><h1>Health</h1><${Copy} label="Copy as text" text=${report} /></div>
    <p class=${`sentence ${sentence.tone}`} role="status"><span class="shape" aria-hidden="true">${sentence.shape}</span> ${sentence.text}</p>
    <ol class="chain">${chainOf(list ?? [], state, ready.data).map((part) => html`<li class="card"><span class="hint">${part.name}</span><strong class=${`state ${part.tone}`}><span aria-hidden="true">${part.shape}</span> ${part.word}</strong><span class="hint">${part.more}</span></li>`)}</ol>
    <section class="card"><h2>Rooms</h2>${!list ? html`<${Skeleton} />` : !list.length ? html`<p class="empty-line">No room is followed.</p>` : html`<${RoomTable} list=${list} />`}</section>
    ${(list ?? []).filter(runs).map((room) => html`<${Readers} key=${room.session_id} room=${room} />`)}
    ${detailed.data && html`<section class="card"><h2>Components</h2><${Components} components=${detailed.data.components ?? {}} /></section>`}
    ${ready.data?.checks && html`<section class="card"><h2>Checks</h2><${Components} components=${ready.data.checks} /></section>`}
    ${metrics.data && html`<section class="card"><h2>Figures since the start</h2><dl class="members metrics">${metrics.data.map(([name, value]) => html`<div><dt>${name}</dt><dd class="figure">${value}</dd></div>`)}</dl></section>`}
    ${admin ? html`<${Audit} />` : html`<p class="hint">Limits and refusals are shown to callers with <code>admin</code>.</p>`}
  </div>`;
}

function RoomTable({ list }) {
  return html`<div class="table-box" tabindex="0" role="group" aria-label="Rooms"><table><thead><tr><th scope="col">Room</th><th scope="col">State</th><th scope="col" class="number">Events</th><th scope="col" class="number">Readers</th><th scope="col" class="number">Unreadable</th><th scope="col">Next try</th><th scope="col">Last error</th></tr></thead>
    <tbody>${list.map((room) => {
      const { shape, word, tone } = stateOf(room);
      return html`<tr><th scope="row"><bdi>${clean(room.username || room.session_id)}</bdi></th><td><span class=${`state ${tone}`}><span aria-hidden="true">${shape}</span> ${word}</span> <span class="hint">${clean(room.reason, 60)}</span></td><td class="number">${count(room.offset)}</td><td class="number">${count(room.subscribers)}</td><td class="number">${count(room.counters?.undecodable)}</td><td>${nextTryOf(room) ? hourMinute(nextTryOf(room)) : '–'}</td><td>${clean(room.last_error?.message ?? room.last_error ?? '–', 90)}</td></tr>`;
    })}</tbody></table></div>`;
}

/** Who reads a room now, how far each one is, and who is slow. An older service does not tell. */
function Readers({ room }) {
  const { data } = usePoll(() => get(sessionPath(room.session_id, '/readers')), 5000);
  if (!data) return null;
  return html`<section class="card"><h2>Readers of ${room.session_id}: ${data.total}</h2>${data.readers.length > 0 && html`<div class="table-box" tabindex="0" role="group" aria-label=${`Readers of ${room.session_id}`}><table><thead><tr><th scope="col">Name</th><th scope="col">Transport</th><th scope="col">Credential</th><th scope="col" class="number">Behind</th><th scope="col" class="number">Queue</th><th scope="col">Since</th></tr></thead>
    <tbody>${data.readers.map((reader) => html`<tr><th scope="row">${clean(reader.name, 64) || '–'}</th><td>${reader.transport}</td><td>${reader.credential}</td><td class="number">${count(Math.max(0, room.offset - reader.offset))}</td><td class="number">${count(reader.queue_events)} · ${bytes(reader.queue_bytes)}</td><td>${date(reader.connected_at)}</td></tr>`)}</tbody></table></div>`}</section>`;
}

function Components({ components }) {
  const entries = Array.isArray(components) ? components.map((each) => [each.name, each]) : Object.entries(components);
  return html`<ul class="lines">${entries.map(([name, value]) => {
    const status = typeof value === 'string' ? value : (value.status ?? (value.ok ? 'ok' : ''));
    const good = /^(ok|healthy|ready|up|true)$/i.test(status);
    const rest = typeof value === 'object' ? Object.entries(value).filter(([key, each]) => key !== 'status' && typeof each !== 'object').map(([key, each]) => `${key.replaceAll('_', ' ')} ${each}`).join(' · ') : '';
    return html`<li><span><strong>${name}</strong> <span class="hint">${rest}</span></span><span class=${`state ${good ? 'ok' : 'warn'}`}><span aria-hidden="true">${good ? '●' : '▲'}</span> ${status || '?'}</span></li>`;
  })}</ul>`;
}

function Audit() {
  const limits = usePoll(() => get('/monitoring/rate-limits'), 15_000);
  const refused = usePoll(() => get('/monitoring/auth/failures', { limit: 10 }), 15_000);
  const over = usePoll(() => get('/monitoring/rate-limits/violations', { limit: 10 }), 15_000);
  return html`${limits.data && html`<section class="card"><h2>Limits</h2><div class="table-box" tabindex="0" role="group" aria-label="Limits"><table><thead><tr><th scope="col">Rule</th><th scope="col" class="number">Requests</th><th scope="col" class="number">In seconds</th><th scope="col" class="number">At once</th></tr></thead><tbody>${limits.data.rate_limits.map((rule) => html`<tr><th scope="row">${rule.rule}${rule.enabled ? '' : ' (off)'}</th><td class="number">${count(rule.requests)}</td><td class="number">${count(rule.window_seconds)}</td><td class="number">${count(rule.burst)}</td></tr>`)}</tbody></table></div></section>`}
    ${limits.error && limits.error.status !== 404 && html`<${Problem} error=${limits.error} title="Limits" />`}
    <${Records} title="Refused credentials" records=${refused.data?.failures} total=${refused.data?.total} />
    <${Records} title="Over a limit" records=${over.data?.violations} total=${over.data?.total} />`;
}

function Records({ title, records, total }) {
  if (!records) return null;
  return html`<section class="card"><h2>${title}: ${plural(total ?? records.length, 'record')}</h2>${records.length > 0 && html`<ul class="lines">${records.map((record) => html`<li><span><span class="hint figure">${date(record.timestamp)}</span> <strong>${record.endpoint}</strong> ${record.reason} <span class="hint"><${Private}>${record.client_ip}<//></span></span><${Copy} small label="id" text=${record.correlation_id} /></li>`)}</ul>`}</section>`;
}
