// Above the rows: the room, search, pause, drop, export, and the filters.
import { html, useEffect, useRef, useState } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { setQuery } from '../shell/router.js';
import { sheet } from '../shell/app.js';
import { Icon, Menu } from '../ui/basics.js';
import { Problem } from '../ui/problem.js';
import { bytes } from '../lib/format.js';
import { clean } from './text.js';
import { exportTo } from './export.js';
import { families } from './families.js';

export function Toolbar({ stream, room, filter, follow, api, onFamily, hidden, onUnhide }) {
  const { phase } = useStore(stream.status);
  const open = useStore(sheet);
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState('');
  const save = async (format) => {
    setError(null);
    try {
      await exportTo(stream, filter, format, (n) => setBusy(bytes(n)));
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy('');
    }
  };
  return html`<div class="toolbar">
    <div class="toolbar-main">
      <div class="toolbar-title"><h1><bdi>@${clean(room?.username || room?.room_id || stream.id)}</bdi></h1>${room?.room?.title && html`<p class="hint" dir="auto">${clean(room.room.title, 80)}</p>`}</div>
      <${Search} filter=${filter} />
      <button type="button" class="button pause" aria-pressed=${!follow} onClick=${() => api.pause()}><${Icon} name=${follow ? 'pause' : 'play'} /><span class="wide-only">${follow ? 'Pause' : 'Go on'}</span><span class="sr narrow-label">${follow ? 'Pause' : 'Go on'}</span><kbd class="wide-only">Space</kbd></button>
      <button type="button" class="button middle-only" aria-expanded=${open === 'figures'} onClick=${() => sheet.set(open === 'figures' ? '' : 'figures')}>Figures</button>
      <button type="button" class="button wide-only" disabled=${phase !== 'open'} onClick=${() => stream.drop()}>Drop my connection</button>
      <${Menu} kind="export" title="Export" label=${html`<${Icon} name="down" /><span class="wide-only">${busy || 'Export'}</span>`}>
        <p class="menu-note">All kept events that pass the filter of types, person and words.${filter.min ? ' The diamonds are not part of an export.' : ''}</p>
        <button type="button" onClick=${() => save('ndjson')}>NDJSON</button>
        <button type="button" onClick=${() => save('csv')}>CSV</button>
        <button type="button" class="narrow-item" onClick=${() => stream.drop()}>Drop my connection</button>
      <//>
    </div>
    <div class="filters" role="group" aria-label="Filter by type">
      ${families.map((family, i) => html`<button type="button" class=${`pill fam-${family.name}`} aria-pressed=${family.types.every((type) => filter.types.includes(type))} onClick=${() => onFamily(i)} title=${`${family.types.join(', ')} · key ${i + 1}`}><${Icon} name=${family.icon} />${family.label}</button>`)}
      <label class="min"><span>≥</span><input type="number" inputmode="numeric" min="0" step="1" aria-label="Least diamonds of a gift" value=${filter.min || ''} onInput=${(event) => setQuery({ min: event.currentTarget.value })} /><span>💎</span></label>
      ${filter.user && html`<button type="button" class="pill chosen" onClick=${() => setQuery({ user: '' })}>by ${clean(filter.user, 30)} <${Icon} name="close" label="Remove" /></button>`}
      ${hidden > 0 && html`<button type="button" class="pill chosen" onClick=${onUnhide}>${hidden} hidden <${Icon} name="close" label="Show again" /></button>`}
    </div>
    ${error && html`<${Problem} title="Export" error=${error} />`}
  </div>`;
}

/** Words, or `@name` for one person. What was typed filters after a moment. */
function Search({ filter }) {
  const field = useRef(null);
  const timer = useRef(0);
  const shown = filter.words;
  useEffect(() => {
    if (document.activeElement !== field.current) field.current.value = shown;
  }, [shown]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const apply = () => {
    const text = field.current.value.trim();
    if (/^@\S+$/.test(text)) return;
    setQuery({ q: text });
  };
  const typed = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(apply, 150);
  };
  const submit = (event) => {
    event.preventDefault();
    clearTimeout(timer.current);
    const text = field.current.value.trim();
    if (/^@\S+$/.test(text)) {
      field.current.value = '';
      setQuery({ user: text.slice(1), q: '' });
    } else apply();
  };
  return html`<form class="search" role="search" onSubmit=${submit}>
    <label class="sr" for="search">Words in comments, or @name and Enter for one person</label>
    <input id="search" ref=${field} type="search" maxlength="60" placeholder="Words, or @name ⏎" onInput=${typed} autocomplete="off" spellcheck="false" />
  </form>`;
}
