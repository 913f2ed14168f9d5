// One event in full: its members, the person, and the untouched JSON. It is fetched again by its offset.
import { html, useEffect, useState } from '../lib/html.js';
import { get, sessionPath, pictureOf, PREFIX } from '../api/http.js';
import { curlHeader } from '../api/credential.js';
import { count, date } from '../lib/format.js';
import { Copy, Icon, Skeleton, Tabs } from '../ui/basics.js';
import { Problem } from '../ui/problem.js';
import { Face } from './list.js';
import { pathTo, setQuery } from '../shell/router.js';
import { clean, initialOf, nameOf } from './text.js';

/** The newest event of a row. One of an earlier log is refused by the service: the same offset is another event now. */
export async function eventAt(stream, { o, epoch = stream.epoch }) {
  const { events } = await get(sessionPath(stream.id, '/events'), { after: o - 1, limit: 1, epoch });
  if (events[0]?.offset !== o) throw new Error('This event is no longer kept');
  return events[0];
}

/** With its epoch: the service refuses one of an earlier log, and does not answer with another event. */
export const curlOf = (stream, { o, epoch = stream.epoch }) => `curl -s -H "${curlHeader()}" '${location.origin}${PREFIX}${sessionPath(stream.id, '/events')}?after=${o - 1}&limit=1&epoch=${epoch}'`;

export function Inspector({ stream, row, onClose, onHide }) {
  const [event, setEvent] = useState(null);
  const [error, setError] = useState(null);
  const [tab, setTab] = useState('event');
  useEffect(() => {
    let alive = true;
    setError(null);
    // While a reader holds a key down, only the last row is asked for.
    const timer = setTimeout(() => eventAt(stream, row).then((found) => alive && setEvent(found), (failure) => alive && (setEvent(null), setError(failure))), 80);
    return () => {
      alive = false;
      clearTimeout(timer);
    };
  }, [row, row.o]);
  return html`<aside class="inspector" aria-label="Inspector">
    <header class="inspector-head"><h2>${row.type ?? 'event'} <span class="figure hint">${row.from === row.o ? count(row.o) : `${count(row.from)} … ${count(row.o)}`}</span></h2>
      <button type="button" class="button plain square" aria-label="Close the inspector" onClick=${onClose}><${Icon} name="close" /></button></header>
    <${Tabs} label="Event" chosen=${tab} onChoose=${setTab} tabs=${[['event', 'Event'], ['person', 'Person'], ['raw', 'Raw']]} />
    <div class="inspector-body" tabindex="0" role="group" aria-label="Content">
      ${error && html`<${Problem} error=${error.code ? error : { message: error.message, code: 'GONE' }} />`}
      ${!event && !error && html`<${Skeleton} rows=${6} />`}
      ${event && tab === 'event' && html`<${Members} event=${event} />`}
      ${event && tab === 'person' && html`<${Person} event=${event} stream=${stream} onHide=${onHide} />`}
      ${event && tab === 'raw' && html`<pre class="raw mono">${escapeControls(JSON.stringify(event, null, 2))}</pre>`}
    </div>
    ${event && html`<footer class="row inspector-foot"><${Copy} small label="JSON" text=${() => JSON.stringify(event, null, 2)} /><${Copy} small label="curl" text=${curlOf(stream, { o: event.offset, epoch: event.epoch })} /><${Copy} small label="Link" text=${() => `${location.origin}${pathTo('live', stream.id, { at: event.offset, epoch: event.epoch })}`} /></footer>`}
  </aside>`;
}

/** Marks that change direction or cannot be seen are written as escapes, so that raw is what it seems. */
export const escapeControls = (json) => json.replace(/[\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF\u00AD\u061C]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);

function Members({ event }) {
  const { user, ...rest } = event;
  return html`<dl class="members">
    ${user && html`<div><dt>user</dt><dd><bdi>${nameOf(user)}</bdi>${user.username && html` <span class="hint">@${user.username}</span>`}</dd></div>`}
    ${Object.entries(rest).map(([name, value]) => html`<div><dt>${name}</dt><dd>${typeof value === 'object' && value !== null ? html`<code class="mono">${escapeControls(JSON.stringify(value)).slice(0, 600)}</code>` : html`<bdi>${String(value).slice(0, 2000)}</bdi>`}</dd></div>`)}
  </dl>`;
}

function Person({ event, stream, onHide }) {
  const { user } = event;
  if (!user) return html`<p class="empty-line">Nobody did this: it is an event of the room.</p>`;
  const name = nameOf(user);
  const roles = Object.entries(user).filter(([key, value]) => key.startsWith('is_') && value).map(([key]) => key.slice(3));
  return html`<div class="person">
    <div class="person-head"><${Face} init=${initialOf(name)} src=${pictureOf(user)} size=${72} /><div><p class="person-name"><bdi>${name}</bdi></p><p class="hint">@${clean(user.username, 64)} · id ${user.id}</p></div></div>
    <p>${roles.length ? roles.join(', ') : 'no role is known'}${user.badges?.length ? html` · ${user.badges.map((badge) => `${badge.kind}${badge.level ? ` ${badge.level}` : ''}`).join(', ')}` : ''}</p>
    <div class="row"><a class="button small" href=${pathTo('people', user.username, { session: stream.id })}>Open profile</a>
      <button type="button" class="button small" onClick=${() => setQuery({ user: user.username || user.id })}>Only this person</button>
      <button type="button" class="button small" onClick=${onHide}>Hide</button></div>
    <${TheirEvents} session=${stream.id} user=${user.username || user.id} />
  </div>`;
}

/** The service looks through a part of the log for each page; some pages of a rare person are empty. */
async function readAll(session, user, show) {
  const events = [];
  let after = 0;
  for (let page = 0; page < 30; page++) {
    const answer = await get(sessionPath(session, '/events'), { user, after, limit: 1000 });
    events.push(...answer.events);
    const more = answer.more && answer.next_after > after;
    if (!show([...events], more) || !more) return;
    after = answer.next_after;
  }
}

/** What somebody did in a room. */
export function TheirEvents({ session, user }) {
  const [found, set] = useState(null);
  const [error, setError] = useState(null);
  useEffect(() => {
    let alive = true;
    set(null);
    setError(null);
    readAll(session, user, (events, more) => alive && (set({ events, more }), true)).catch((failure) => alive && setError(failure));
    return () => (alive = false);
  }, [session, user]);
  if (error) return html`<${Problem} error=${error} title="Their events" />`;
  if (!found) return html`<${Skeleton} rows=${3} />`;
  const sums = {};
  for (const event of found.events) sums[event.type] = (sums[event.type] ?? 0) + 1;
  return html`<section class="their"><h3>In ${session}: ${count(found.events.length)}${found.more ? ' so far' : ''} events</h3>
    <p class="hint">${Object.entries(sums).map(([type, n]) => `${count(n)} ${type}`).join(' · ')}</p>
    <ul class="their-list">${found.events.slice(-50).reverse().map((event) => html`<li><span class="hint figure">${date(event.timestamp_ms)}</span> <strong>${event.type}</strong> <bdi>${clean(event.comment ?? event.name ?? '', 120)}</bdi></li>`)}</ul>
  </section>`;
}
