// The link of an overlay: a stream token, the address with it, and the ways into OBS.
import { html, useEffect, useState } from '../lib/html.js';
import { createStore, useStore } from '../lib/store.js';
import { call, get, post } from '../api/http.js';
import { date, plural } from '../lib/format.js';
import { onAir } from '../lib/prefs.js';
import { Copy, Field, Icon, Private } from '../ui/basics.js';
import { Problem } from '../ui/problem.js';
import { localFile, overlayAddress, tokenTypes } from './design.js';
import { kindNames } from './fields.js';

/** Tokens that were made here, by `session/kind`: they are shown once, so they last as long as the page. */
const made = createStore({});
const BLOCKS = '••••••••••••';
const LOOK_EVERY = 3000;
const lifetimes = [[86_400, '1 day'], [604_800, '7 days'], [2_592_000, '30 days']];

export function Access({ design }) {
  const { session, kind, texts, width, height } = design;
  const mine = `${session}/${kind}`;
  const tokens = useStore(made);
  const token = tokens[mine];
  const [error, setError] = useState(null);
  const [list, setList] = useState(null);
  const [lifetime, setLifetime] = useState(2_592_000);
  const air = useStore(onAir);

  const load = () => get('/auth/stream-tokens').then((answer) => setList(answer.stream_tokens), () => setList(null));
  useEffect(() => {
    load();
    const timer = setInterval(() => !document.hidden && load(), LOOK_EVERY);
    return () => clearInterval(timer);
  }, []);
  const act = async (action) => {
    setError(null);
    try {
      await action();
      await load();
    } catch (failure) {
      setError(failure);
    }
  };
  const make = () => act(async () => {
    const answer = await post('/auth/stream-tokens', { name: `${kind} overlay`, sessions: [session], types: tokenTypes[kind], expires_in_seconds: lifetime });
    made.patch({ [mine]: { secret: answer.token, id: answer.stream_token.id } });
  });
  const revoke = (id) => act(async () => {
    await call('DELETE', `/auth/stream-tokens/${encodeURIComponent(id)}`);
    made.set(Object.fromEntries(Object.entries(made.get()).filter(([, each]) => each.id !== id)));
  });

  const address = overlayAddress({ origin: location.origin, session, kind, texts, token: token?.secret });
  const here = (list ?? []).filter((each) => each.sessions.includes(session));
  return html`<section class="access card" aria-label="Link for OBS">
    <${Address} address=${address} secret=${token?.secret ?? ''} />
    ${token
      ? html`<${Ways} address=${address} design=${design} />`
      : html`<div class="row">
          <${Field} id="lifetime" label="Valid for"><select id="lifetime" value=${lifetime} onChange=${(event) => setLifetime(Number(event.currentTarget.value))}>${lifetimes.map(([seconds, text]) => html`<option value=${seconds}>${text}</option>`)}</select><//>
          <button type="button" class="button primary" disabled=${!session} onClick=${make}>Make the link</button>
        </div>
        <p class="hint">${session ? html`It reads ${session} only: what this kind of overlay draws, and nothing else. A later change of the look needs no new link.` : 'Choose a room first.'}</p>`}
    <p class="hint">In OBS: Sources, +, Browser; paste the address; width <strong class="figure">${width}</strong>, height <strong class="figure">${height}</strong>.</p>
    ${error && html`<${Problem} error=${error} title="Link" />`}
    ${here.length > 0 && html`<h2>Links of this room</h2>
      <ul class="lines">${here.map((each) => html`<li key=${each.id}>
        <span><strong>${each.name}</strong> <code class="mono"><${Private}>${each.preview}…<//></code>${each.id === token?.id && ' · this one'}
          <span class="hint"> · ${each.open_readers > 0 ? `read by ${plural(each.open_readers, 'overlay')} now` : 'read by nobody now'} · until <${Private}>${date(each.expires_at)}<//></span></span>
        <button type="button" class="button small danger" aria-label=${`Revoke ${each.name}${air ? '' : ` ${each.preview}`}`} onClick=${() => revoke(each.id)}>Revoke</button>
      </li>`)}</ul>`}
  </section>`;
}

/** The address; the token in it is shown for 30 s on request, and nothing of it on air. */
function Address({ address, secret }) {
  const hidden = useStore(onAir);
  const [shown, show] = useState(false);
  useEffect(() => {
    if (!shown) return undefined;
    const timer = setTimeout(() => show(false), 30_000);
    return () => clearTimeout(timer);
  }, [shown]);
  const open = shown && !hidden;
  const text = hidden ? BLOCKS : secret ? (open ? address : address.replace(secret, BLOCKS)) : `${address}#t=…`;
  return html`<div class="overlay-address"><code class="mono" aria-label="Address of the overlay" role="textbox" aria-readonly="true" tabindex="0">${text}</code>
    ${secret && html`<button type="button" class="button small" aria-pressed=${open} disabled=${hidden} title=${hidden ? 'Not while on air' : undefined} onClick=${() => show(!shown)}>${open ? 'Hide' : 'Show'}<span class="sr"> the token</span></button>`}
  </div>`;
}

function Ways({ address, design: { kind, session, width, height } }) {
  const drag = (event) => {
    // OBS takes size and name of a new source out of an address that is dropped on it.
    const url = new URL(address);
    url.searchParams.set('layer-name', `${kindNames[kind]} of ${session}`);
    url.searchParams.set('layer-width', width);
    url.searchParams.set('layer-height', height);
    event.dataTransfer.setData('text/uri-list', url.href);
    event.dataTransfer.setData('text/plain', url.href);
    event.dataTransfer.effectAllowed = 'copyLink';
  };
  const download = () => {
    const object = URL.createObjectURL(new Blob([localFile(address)], { type: 'text/html' }));
    const link = document.createElement('a');
    link.href = object;
    link.download = `overlay-${session}-${kind}.html`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(object), 10_000);
  };
  return html`<div class="row">
      <${Copy} text=${address} label="Copy the address" kind="primary" />
      <span class="button drag" draggable="true" onDragStart=${drag} title="Drag this into the window of OBS, or copy the address">Drag into OBS</span>
      <button type="button" class="button" onClick=${download}><${Icon} name="down" />Download file</button>
    </div>
    <p class="hint">The file waits until the service answers: use it as <em>Local file</em> if OBS may start first. It holds the token.</p>`;
}
