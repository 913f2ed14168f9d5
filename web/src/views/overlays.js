// The builder: design an overlay, see it, and take its link into OBS.
import { html, useEffect, useState } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { Field, Tabs } from '../ui/basics.js';
import { rooms } from '../rooms/rooms.js';
import { current } from '../shell/app.js';
import { setQuery } from '../shell/router.js';
import { kinds, parameters, sizes, takes } from '../../overlay/parameters.js';
import { complaint, defaultText, readDesign } from '../overlays/design.js';
import { kindNames } from '../overlays/fields.js';
import { DesignForm } from '../overlays/form.js';
import { Preview } from '../overlays/preview.js';
import { Access } from '../overlays/access.js';

export default function Overlays({ route }) {
  const { list } = useStore(rooms);
  const last = useStore(current);
  const design = readDesign(route.query);
  const { kind, unknown } = design;
  const session = design.session || last || list?.[0]?.session_id || '';
  // What is typed and not right yet stays in the form only; the address holds what an overlay would take.
  const [typed, type] = useState(design.texts);
  useEffect(() => type((old) => ({ ...old, ...design.texts })), [route.query.toString()]);

  const change = (name, text) => {
    type({ ...typed, [name]: text });
    if (!complaint(kind, name, text)) setQuery({ [name]: text === defaultText(kind, name) ? '' : text });
  };
  const choose = (next) => setQuery({ kind: next === 'chat' ? '' : next, width: '', height: '' });
  const side = (name, i) => (event) => {
    const value = Number(event.currentTarget.value);
    setQuery({ [name]: value >= 40 && value <= 4096 && value !== sizes[kind][i] ? value : '' });
  };
  const misplaced = Object.keys(design.texts).filter((name) => parameters[name] && !takes(kind, name));
  const texts = { ...design.texts };
  const whole = { ...design, session, texts };

  return html`<div class="page builder">
    <div class="page-head"><h1>Overlays</h1>
      <div class="builder-session"><label for="overlay-session">Room</label>
        <select id="overlay-session" value=${session} onChange=${(event) => setQuery({ session: event.currentTarget.value })}>
          ${!list?.some((room) => room.session_id === session) && html`<option value=${session}>${session || 'none yet'}</option>`}
          ${(list ?? []).map((room) => html`<option key=${room.session_id} value=${room.session_id}>${room.session_id}</option>`)}
        </select></div>
    </div>
    <${Tabs} label="Kind of overlay" tabs=${kinds.map((name) => [name, kindNames[name]])} chosen=${kind} onChoose=${choose} />
    ${unknown.length > 0 && html`<p class="fault" role="alert">Not a parameter of an overlay: ${unknown.join(', ')}. An overlay ignores it.</p>`}
    ${misplaced.length > 0 && html`<p class="hint">Kept for other kinds: ${misplaced.join(', ')}.</p>`}
    <div class="builder-columns">
      <form class="design" aria-label="Design" onSubmit=${(event) => event.preventDefault()}>
        <${DesignForm} kind=${kind} texts=${typed} onChange=${change} />
        <fieldset class="design-group"><legend>Source in OBS</legend>
          <${Field} id="source-width" label="Width"><input id="source-width" type="number" min="40" max="4096" value=${design.width} onChange=${side('width', 0)} /><//>
          <${Field} id="source-height" label="Height"><input id="source-height" type="number" min="40" max="4096" value=${design.height} onChange=${side('height', 1)} /><//>
        </fieldset>
      </form>
      <div class="builder-result">
        <${Preview} design=${whole} />
        <${Access} design=${whole} />
      </div>
    </div>
  </div>`;
}
