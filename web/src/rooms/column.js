// The column of rooms: follow one, read each one's state, stop, delete, share.
import { html, useEffect, useRef, useState } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { account, can } from '../api/credential.js';
import { call, post, sessionPath } from '../api/http.js';
import { count, duration, running } from '../lib/format.js';
import { Dialog, Icon, Menu, Skeleton } from '../ui/basics.js';
import { Problem, useCountdown } from '../ui/problem.js';
import { navigate, pathTo } from '../shell/router.js';
import { connectAgain, idFor, nextTryOf, parseRoom, refreshRooms, rooms, runs, stateOf } from './rooms.js';
import { ShareDialog } from './share.js';
import { clean } from '../live/text.js';

export function RoomsColumn({ chosen }) {
  const { list, budget, error } = useStore(rooms);
  const { me } = useStore(account);
  return html`<div class="rooms-head"><h2>Rooms</h2>${list && html`<span class="hint figure">${list.length}</span>`}</div>
    ${can('connect', me) ? html`<${Follow} budget=${budget} />` : html`<p class="hint rooms-note">You can read. Following a room needs <code>connect</code>.</p>`}
    ${error && html`<${Problem} error=${error} title="Rooms" onRetry=${refreshRooms} />`}
    ${!list && !error && html`<${Skeleton} rows=${3} />`}
    ${list && html`<ul class="room-list">${list.map((room) => html`<${Room} key=${room.session_id} room=${room} chosen=${room.session_id === chosen} me=${me} />`)}</ul>`}
    <${Budget} budget=${budget} />`;
}

function Budget({ budget }) {
  if (!budget) return null;
  const empty = budget.left === 0;
  return html`<p class=${`budget ${empty ? 'warn' : ''}`}>Sign budget <strong class="figure">${count(budget.left)} of ${count(budget.per_minute)}</strong> this minute${empty ? ` · more in ${duration((budget.resets_in_seconds ?? 0) * 1000)}` : ''}</p>`;
}

function Follow({ budget }) {
  const [busy, setBusy] = useState(false);
  const [wait, setWait] = useState(false);
  const [error, setError] = useState(null);
  const field = useRef(null);
  const seconds = useCountdown(error?.code === 'RATE_LIMIT_EXCEEDED' ? error.retryAt : 0);
  const submit = async (event) => {
    event?.preventDefault();
    const { name, ...target } = parseRoom(field.current.value);
    if (!name) return;
    setBusy(true);
    setError(null);
    try {
      const answer = await post('/connect', { session_id: idFor(name), ...target, ...(wait ? { wait_until_live: true } : {}) });
      field.current.value = '';
      await refreshRooms();
      navigate(pathTo('live', answer.session_id));
    } catch (failure) {
      setError(failure);
      refreshRooms(); // the attempt is in the list too, with its reason
    } finally {
      setBusy(false);
    }
  };
  return html`<form class="follow" onSubmit=${submit}>
    <label class="sr" for="follow">Name, @name, link or room id</label>
    <input id="follow" ref=${field} placeholder="@name or link" autocomplete="off" autocapitalize="none" spellcheck="false" enterkeyhint="go" aria-describedby="follow-hint" />
    <button class="button primary" disabled=${busy || seconds > 0}>${seconds > 0 ? `Again in ${seconds} s` : busy ? 'Connecting…' : 'Follow'}</button>
    <label class="check"><input type="checkbox" checked=${wait} onChange=${(event) => setWait(event.currentTarget.checked)} />Wait until live</label>
    <p class="sr" id="follow-hint">Press Enter to follow. ${budget ? `${budget.left} signatures are left this minute.` : ''}</p>
    ${error && html`<${Problem} error=${error} />`}
    ${error?.details?.reason === 'user_offline' && !wait && html`<button type="button" class="button" onClick=${() => (setWait(true), setError(null), setTimeout(() => field.current?.form.requestSubmit()))}>Wait until live</button>`}
  </form>`;
}

/** `live · 2,314 watching · 00:12:41` or `reconnecting · next try in 8 s · upstream silent`. */
function StateLine({ room }) {
  const { shape, word, tone } = stateOf(room);
  const next = nextTryOf(room);
  const seconds = useCountdown(next);
  const began = room.state === 'connected' && room.room?.started_at ? Date.parse(room.room.started_at) : 0;
  const [, tick] = useState(0);
  useEffect(() => {
    if (!began) return undefined;
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, [began]);
  const parts = [];
  if (room.state === 'connected' && room.room?.viewers !== undefined) parts.push(html`<span class="figure">${count(room.room.viewers)}</span> watching`);
  if (began) parts.push(html`<span class="figure">${running(Date.now() - began)}</span>`);
  if (seconds > 0) parts.push(html`${room.state === 'waiting' ? 'looks again' : 'next try'} in <span class="figure">${seconds} s</span>`);
  if (room.reason) parts.push(room.reason);
  if (!room.reason && room.last_error && room.state !== 'connected') parts.push(room.last_error.message ?? String(room.last_error));
  return html`<span class="room-state"><span class=${`state ${tone}`}><span class="shape" aria-hidden="true">${shape}</span> ${word}</span>${parts.map((part) => html`<span> · ${part}</span>`)}</span>`;
}

function Room({ room, chosen, me }) {
  const [ask, setAsk] = useState('');
  const [error, setError] = useState(null);
  const mine = !room.owner || room.owner === me?.id || can('admin', me);
  const may = can('connect', me) && mine;
  const act = async (action) => {
    setAsk('');
    setError(null);
    try {
      await action();
      await refreshRooms();
    } catch (failure) {
      setError(failure);
    }
  };
  const title = room.username ? `@${room.username}` : `room ${room.room_id}`;
  return html`<li class=${`room ${chosen ? 'chosen' : ''}`}>
    <a class="room-link" href=${pathTo('live', room.session_id)} aria-current=${chosen ? 'true' : undefined}>
      <span class="room-name"><bdi>${clean(title)}</bdi>${room.session_id !== room.username && html` <span class="hint">${room.session_id}</span>`}</span>
      <${StateLine} room=${room} />
    </a>
    ${may && html`<${Menu} kind="plain square" title=${`Actions for ${title}`} label=${html`<${Icon} name="more" />`}>
      ${runs(room)
        ? html`<button type="button" onClick=${() => act(() => post('/disconnect', { session_id: room.session_id }))}>Disconnect</button>`
        : html`<button type="button" onClick=${() => act(() => connectAgain(room))}>Connect again</button>
            <button type="button" onClick=${() => act(() => connectAgain(room, true))}>Wait until live</button>`}
      <button type="button" onClick=${() => setAsk('share')}>Share…</button>
      <button type="button" onClick=${() => setAsk('delete')}>Delete with its events…</button>
    <//>`}
    ${error && html`<${Problem} error=${error} />`}
    ${ask === 'share' && html`<${ShareDialog} room=${room} onClose=${() => setAsk('')} />`}
    ${ask === 'delete' && html`<${Dialog} title=${`Delete ${room.session_id}?`} onClose=${() => setAsk('')}>
      <p>${title} is disconnected, and its ${count(room.offset)} events are deleted. Open readers are closed. This cannot be undone.</p>
      <div class="row"><button type="button" class="button danger" onClick=${() => act(async () => {
        await call('DELETE', sessionPath(room.session_id));
        await refreshRooms(); // before the way to another room is chosen
        if (chosen) navigate('/live');
      })}>Delete</button><button type="button" class="button" onClick=${() => setAsk('')}>Keep</button></div>
    <//>`}
  </li>`;
}
