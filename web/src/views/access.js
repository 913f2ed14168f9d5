// Access: keys, stream tokens, tickets, and the people a room is shared with.
import { html, useEffect, useState } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { account, can, permissionsOf } from '../api/credential.js';
import { call, get, post } from '../api/http.js';
import { rooms } from '../rooms/rooms.js';
import { date } from '../lib/format.js';
import { families } from '../live/families.js';
import { Dialog, Field, Private, Secret, Skeleton, Tabs } from '../ui/basics.js';
import { Problem } from '../ui/problem.js';
import { setQuery } from '../shell/router.js';
import { ShareDialog } from '../rooms/share.js';

const tabs = [['keys', 'API keys'], ['stream-tokens', 'Stream tokens'], ['shares', 'Shared rooms'], ['me', 'My account']];

export default function Access({ route }) {
  const tab = tabs.some(([name]) => name === route.query.get('tab')) ? route.query.get('tab') : 'keys';
  const View = { keys: Keys, 'stream-tokens': StreamTokens, shares: Shares, me: Me }[tab];
  return html`<div class="page access"><div class="page-head"><h1>Access</h1></div>
    <${Tabs} label="Access" chosen=${tab} onChoose=${(name) => setQuery({ tab: name })} tabs=${tabs} /><${View} key=${tab} /></div>`;
}

/** A list of credentials: load, make, end. */
function useList(path, member) {
  const [list, set] = useState(null);
  const [error, setError] = useState(null);
  const load = () => get(path).then((answer) => (set(answer[member]), setError(null)), setError);
  useEffect(() => void load(), []);
  const run = async (action) => {
    setError(null);
    try {
      const answer = await action();
      await load();
      return answer;
    } catch (failure) {
      setError(failure);
      return null;
    }
  };
  return { list, error, load, run };
}

const Ended = ({ at }) => (at && Date.parse(at) < Date.now() ? html`<span class="state warn">■ expired</span>` : html`<${Private}>${date(at)}<//>`);

function Keys() {
  const { me } = useStore(account);
  const { list, error, load, run } = useList('/auth/api-keys', 'keys');
  const [made, setMade] = useState(null);
  const [ask, setAsk] = useState(null);
  const own = permissionsOf(me);
  const offered = ['read', 'write', 'connect', 'admin'].filter((name) => own.includes('*') || own.includes(name));
  const make = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const days = Number(data.get('days'));
    const answer = await run(() => post('/auth/api-keys', { name: data.get('name'), permissions: data.getAll('permission'), ...(days ? { expires_in_days: days } : {}) }));
    if (answer) {
      setMade(answer);
      form.reset();
    }
  };
  return html`<section class="card"><h2>New key</h2>
      <form class="make" onSubmit=${make}><${Field} id="key-name" label="Name" wide><input id="key-name" name="name" required maxlength="64" placeholder="What it is for" autocomplete="off" /><//>
      <fieldset class="checks"><legend>It may</legend>${offered.map((name) => html`<label class="check"><input type="checkbox" name="permission" value=${name} defaultChecked=${name === 'read'} />${name}</label>`)}</fieldset>
      <${Field} id="key-days" label="Days"><input id="key-days" name="days" type="number" min="1" max="3650" placeholder="90" /><//><button class="button primary">Make</button></form>
      ${made && html`<div class="made" role="status"><p><strong>${made.name}</strong>: copy it now, it is not shown again.</p><${Secret} value=${made.api_key} name="key" /></div>`}</section>
    ${error && html`<${Problem} error=${error} onRetry=${load} />`}
    <section class="card"><h2>Keys</h2>${!list ? !error && html`<${Skeleton} rows=${3} />` : !list.length ? html`<p class="empty-line">No key yet. The key of the environment is not in this list.</p>` : html`<div class="table-box" tabindex="0" role="group" aria-label="Keys"><table><thead><tr><th scope="col">Name</th><th scope="col">Begins with</th><th scope="col">May</th><th scope="col">Of</th><th scope="col">Expires</th><th scope="col">Last used</th><th><span class="sr">Actions</span></th></tr></thead>
      <tbody>${list.map((key) => html`<tr key=${key.id}><th scope="row">${key.name}</th><td><${Private}><code>${key.preview}…</code><//></td><td>${key.permissions.join(', ')}</td><td>${key.username}</td><td><${Ended} at=${key.expires_at} /></td><td><${Private}>${date(key.last_used)}<//></td><td class="number">${key.is_active ? html`<button type="button" class="button small" onClick=${() => setAsk(key)}>Revoke</button>` : html`<span class="state quiet">■ revoked</span>`}</td></tr>`)}</tbody></table></div>`}</section>
    ${ask && html`<${Confirm} title=${`Revoke ${ask.name}?`} text="Programs that use this key are refused at once, and their open sockets are closed." word="Revoke" onYes=${() => (setAsk(null), run(() => call('DELETE', `/auth/api-keys/${encodeURIComponent(ask.id)}`)))} onNo=${() => setAsk(null)} />`}`;
}

function StreamTokens() {
  const { list: known } = useStore(rooms);
  const { list, error, load, run } = useList('/auth/stream-tokens', 'stream_tokens');
  const [made, setMade] = useState(null);
  const [ask, setAsk] = useState(null);
  const make = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const days = Number(data.get('days'));
    const types = data.getAll('family').flatMap((name) => families.find((family) => family.name === name).types);
    const origin = String(data.get('origin') ?? '').trim();
    const answer = await run(() => post('/auth/stream-tokens', { name: data.get('name'), sessions: data.getAll('session'), ...(types.length ? { types } : {}), ...(origin ? { origins: [origin] } : {}), ...(days ? { expires_in_seconds: days * 86_400 } : {}) }));
    if (answer) {
      setMade(answer);
      form.reset();
    }
  };
  if (error?.status === 404) return html`<p class="empty-line">This service has no stream tokens yet: it is older than this page.</p>`;
  return html`<section class="card"><h2>New stream token</h2><p class="hint">For overlays and pages: it reads the chosen rooms and nothing else, for at most 30 days.</p>
      <form class="make" onSubmit=${make}><${Field} id="token-name" label="Name" wide><input id="token-name" name="name" required maxlength="64" placeholder="OBS chat" autocomplete="off" /><//>
      <fieldset class="checks"><legend>Rooms</legend>${(known ?? []).map((room) => html`<label class="check"><input type="checkbox" name="session" value=${room.session_id} defaultChecked=${known.length === 1} />${room.session_id}</label>`)}${!known?.length && html`<span class="hint">Follow a room first.</span>`}</fieldset>
      <fieldset class="checks"><legend>Types (none: all)</legend>${families.map((family) => html`<label class="check"><input type="checkbox" name="family" value=${family.name} />${family.label}</label>`)}</fieldset>
      <${Field} id="token-origin" label="Only for pages of this origin, which call the service directly"><input id="token-origin" name="origin" placeholder="https://quiz.example" autocomplete="off" /><//>
      <${Field} id="token-days" label="Days"><input id="token-days" name="days" type="number" min="1" max="30" placeholder="30" /><//><button class="button primary">Make</button></form>
      ${made && html`<div class="made" role="status"><p><strong>${made.stream_token?.name}</strong>: copy it now, it is not shown again.</p><${Secret} value=${made.token} name="stream token" /></div>`}</section>
    ${error && html`<${Problem} error=${error} onRetry=${load} />`}
    <section class="card"><h2>Stream tokens</h2>${!list ? !error && html`<${Skeleton} rows=${3} />` : !list.length ? html`<p class="empty-line">None yet.</p>` : html`<div class="table-box" tabindex="0" role="group" aria-label="Stream tokens"><table><thead><tr><th scope="col">Name</th><th scope="col">Rooms</th><th scope="col">Types</th><th scope="col">Open now</th><th scope="col">Expires</th><th scope="col">Last used</th><th><span class="sr">Actions</span></th></tr></thead>
      <tbody>${list.map((token) => html`<tr key=${token.id}><th scope="row">${token.name} <span class="hint"><${Private}>${token.preview}…<//></span></th><td>${token.sessions.join(', ')}</td><td>${token.types?.length ? token.types.join(', ') : 'all'}</td><td class="figure">${token.open_readers ?? 0}</td><td><${Ended} at=${token.expires_at} /></td><td><${Private}>${date(token.last_used)}<//></td><td class="number"><button type="button" class="button small" onClick=${() => setAsk(token)}>Revoke</button></td></tr>`)}</tbody></table></div>`}</section>
    ${ask && html`<${Confirm} title=${`Revoke ${ask.name}?`} text="Overlays that use it are closed within a second and cannot come back." word="Revoke" onYes=${() => (setAsk(null), run(() => call('DELETE', `/auth/stream-tokens/${encodeURIComponent(ask.id)}`)))} onNo=${() => setAsk(null)} />`}`;
}

const Confirm = ({ title, text, word, onYes, onNo }) => html`<${Dialog} title=${title} onClose=${onNo}><p>${text}</p><div class="row"><button type="button" class="button danger" onClick=${onYes}>${word}</button><button type="button" class="button" onClick=${onNo}>Keep</button></div><//>`;

function Shares() {
  const { list } = useStore(rooms);
  const { me } = useStore(account);
  const [open, setOpen] = useState(null);
  const mine = (list ?? []).filter((room) => !room.owner || room.owner === me?.id || can('admin', me));
  return html`<section class="card"><h2>Shared rooms</h2><p class="hint">Readers see a room’s events, figures and pictures. They change nothing.</p>${!mine.length ? html`<p class="empty-line">You own no room.</p>` : html`<ul class="lines">${mine.map((room) => html`<li><span><strong>${room.session_id}</strong> <span class="hint">${room.shared_with?.length ? `read by ${room.shared_with.join(', ')}` : 'shared with nobody'}</span></span><button type="button" class="button small" onClick=${() => setOpen(room)}>Share…</button></li>`)}</ul>`}</section>
    ${open && html`<${ShareDialog} room=${open} onClose=${() => setOpen(null)} />`}`;
}

function Me() {
  const { me, how } = useStore(account);
  const { list } = useStore(rooms);
  const [made, setMade] = useState(null);
  const [error, setError] = useState(null);
  const makeTicket = async () => {
    setError(null);
    await post('/auth/tickets', { session_ids: (list ?? []).map((room) => room.session_id) }).then(setMade, setError);
  };
  return html`<section class="card"><h2>${me?.username}</h2><dl class="members"><div><dt>role</dt><dd>${me?.role}</dd></div><div><dt>may</dt><dd>${permissionsOf(me).join(', ')}</dd></div><div><dt>signed in by</dt><dd>${how}${me?.api_key ? ` (${me.api_key.name})` : ''}</dd></div>${me?.email && html`<div><dt>e-mail</dt><dd><${Private}>${me.email}<//></dd></div>`}</dl></section>
    <section class="card"><h2>Ticket</h2><p class="hint">Opens one socket, stream or picture of your rooms within 60 seconds, once. This page makes its own.</p><div class="row"><button type="button" class="button" onClick=${makeTicket}>Make a ticket</button>${made && html`<${Secret} value=${made.ticket} name="ticket" />`}</div>${error && html`<${Problem} error=${error} />`}</section>`;
}
