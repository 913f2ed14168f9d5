// Live: what happens now, and whether anything is missing.
import { html, useEffect, useMemo, useRef, useState } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { copyText, Skeleton } from '../ui/basics.js';
import { rooms, roomOf } from '../rooms/rooms.js';
import { clean } from '../live/text.js';
import { EventList } from '../live/list.js';
import { filterOf, isEmpty, matcher } from '../live/filter.js';
import { families } from '../live/families.js';
import { streamOf, wasRead } from '../live/stream.js';
import { Toolbar } from '../live/toolbar.js';
import { Bands } from '../live/bands.js';
import { Footer } from '../live/footer.js';
import { Inspector, curlOf, eventAt } from '../live/inspector.js';
import { Figures } from '../live/figures.js';
import { FirstRun } from '../live/first_run.js';
import { pathTo, setQuery } from '../shell/router.js';
import { useKeys } from '../shell/keys.js';
import { sheet } from '../shell/app.js';

export default function Live({ route }) {
  const { list, error } = useStore(rooms);
  const id = route.parameter;
  if (!list && !error) return html`<${Skeleton} rows=${12} />`;
  if (!id) return html`<${FirstRun} />`;
  if (list && !roomOf(id) && !wasRead(id)) {
    return html`<div class="empty"><h1>No room ${clean(id)}</h1><p>It was deleted, it is another user’s, or it was never followed.</p>${list[0] && html`<p><a href=${pathTo('live', list[0].session_id)}>To ${list[0].session_id}</a></p>`}</div>`;
  }
  return html`<${Room} key=${id} id=${id} route=${route} />`;
}

function Room({ id, route }) {
  const stream = useMemo(() => streamOf(id), [id]);
  const room = useStore(rooms, () => roomOf(id));
  const open = useStore(sheet);
  const [follow, setFollow] = useState(stream.follow);
  const [inspected, inspect] = useState(null);
  const [hidden, setHidden] = useState(stream.hidden.size);
  const api = useRef({}).current;
  // A pause is in the address too, and must not be taken for another filter: pages of history that are on their way would be lost.
  const search = JSON.stringify(filterOf(route.query));
  const filter = useMemo(() => JSON.parse(search), [search]);

  // A link without a filter to a room that has one: the room keeps its own.
  const before = useRef(false);
  useEffect(() => {
    const first = !before.current;
    before.current = true;
    if (first && !stream.follow) setQuery({ paused: 1 });
    if (first && isEmpty(filter) && stream.filter && !isEmpty(stream.filter)) {
      writeFilter(stream.filter);
      return;
    }
    // A room that is opened again keeps its rows and its place.
    const passing = JSON.stringify([filter, [...stream.hidden.keys()]]);
    if (passing === stream.passing) return;
    stream.passing = passing;
    stream.filter = filter;
    stream.ring.filter(isEmpty(filter) && !stream.hidden.size ? null : matcher(filter, stream.hidden));
    stream.version++;
    api.refilter?.();
  }, [filter, hidden]);

  api.onFollow = (value) => {
    setFollow(value);
    setQuery({ paused: value ? '' : '1' });
  };
  api.onPerson = (key) => {
    const row = rowAt(key);
    if (row) setQuery({ user: row.uname || row.uid });
  };
  useEffect(() => {
    const at = Number(route.query.get('at'));
    if (at) inspect({ from: at, o: at, epoch: route.query.get('epoch') ?? undefined });
    if (route.query.get('paused') !== '1' || !stream.follow) return undefined;
    const timer = setTimeout(() => api.pause(), 300);
    return () => clearTimeout(timer);
  }, []);

  const view = () => stream.ring.view;
  const rowAt = (key) => {
    const row = view().at(view().find(key));
    return row?.k === key ? row : null;
  };
  const select = (row) => {
    stream.selected = row.k;
    stream.version++;
  };
  const chosen = () => rowAt(stream.selected);
  const step = (by) => {
    const rows = view();
    if (!rows.length) return;
    let at = chosen() ? rows.find(stream.selected) + by : rows.end - 1;
    while (rows.at(at)?.type === 'note') at += by;
    at = Math.max(rows.first, Math.min(rows.end - 1, at));
    const row = rows.at(at);
    if (!row || row.type === 'note') return;
    if (stream.follow && by < 0) api.pause();
    select(row);
    api.show(at);
    if (inspected) inspect(row);
  };
  const openRow = (key) => {
    const row = rowAt(key);
    if (!row) return;
    select(row);
    inspect(row);
  };
  const toggleFamily = (i) => {
    const { types } = families[i];
    const on = types.every((type) => filter.types.includes(type));
    setQuery({ types: (on ? filter.types.filter((type) => !types.includes(type)) : [...new Set([...filter.types, ...types])]).join(',') });
  };
  const copyRow = async (write) => {
    const row = chosen();
    if (!row) return;
    await copyText(await write(row)).then(() => stream.status.patch({ short: `row ${row.o} copied` }), () => stream.status.patch({ short: 'the browser does not allow copying' }));
  };
  const hide = () => {
    const row = chosen();
    if (!row?.uid) return;
    stream.hidden.set(row.uid, row.name);
    setHidden(stream.hidden.size);
  };
  useKeys({
    '/': () => document.getElementById('search')?.focus(),
    Space: () => api.pause(),
    End: () => api.toEnd(),
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Enter: () => chosen() && openRow(stream.selected),
    c: () => copyRow(async (row) => JSON.stringify(await eventAt(stream, row), null, 2)),
    C: () => copyRow((row) => curlOf(stream, row)),
    x: hide,
    d: () => stream.drop(),
    0: () => setQuery({ types: '' }),
    ...Object.fromEntries(families.map((_, i) => [String(i + 1), () => toggleFamily(i)])),
    Esc: () => (sheet.get() ? sheet.set('') : inspected ? inspect(null) : false),
  });
  useTitle(stream, room);

  return html`<div class=${`live ${inspected ? 'inspecting' : ''}`}>
    <section class="stream" aria-label="Stream">
      <${Toolbar} stream=${stream} room=${room} filter=${filter} follow=${follow} api=${api} onFamily=${toggleFamily} hidden=${hidden} onUnhide=${() => (stream.hidden.clear(), setHidden(0))} />
      <${Bands} stream=${stream} room=${room} />
      <${EventList} stream=${stream} onInspect=${openRow} api=${api} />
      <${Quiet} stream=${stream} filter=${filter} room=${room} />
      <${Footer} stream=${stream} follow=${follow} api=${api} filtered=${!isEmpty(filter) || hidden > 0} />
    </section>
    ${inspected && html`<${Inspector} stream=${stream} row=${inspected} onClose=${() => (inspect(null), setQuery({ at: '' }))} onHide=${hide} />`}
    <aside class=${`figures ${open === 'figures' ? 'open' : ''}`} aria-label="Figures"><${Figures} stream=${stream} room=${room} /></aside>
  </div>`;
}

const writeFilter = (filter) => setQuery({ types: filter.types.join(','), user: filter.user, q: filter.words, min: filter.min || '' });

/** Says why the list is empty. */
function Quiet({ stream, filter, room }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = stream.lastEvent ? Math.floor((Date.now() - stream.lastEvent) / 1000) : 0;
  const rows = stream.ring.view.length;
  let text = '';
  if (!rows && !isEmpty(filter)) text = 'No row that is kept here passes this filter. Pause to look for older ones, or press 0 for all types.';
  else if (!rows && room?.state === 'connected' && stream.status.get().phase === 'open') text = `Live, nobody has said anything yet.${stream.lastByte ? ` Last byte ${Math.floor((Date.now() - stream.lastByte) / 1000)} s ago.` : ''}`;
  else if (seconds >= 12 && room?.state === 'connected' && stream.status.get().phase === 'open') text = `Live, nothing has happened for ${seconds} s.`;
  return text && html`<p class="quiet-line" role="status">${text}</p>`;
}

/** A tab that nobody looks at says in its title how much came. */
function useTitle(stream, room) {
  useEffect(() => {
    const name = `@${clean(room?.username ?? stream.id)}`;
    const base = `${name} · Profile & Engagement`;
    document.title = base;
    let from = 0;
    const timer = setInterval(() => {
      document.title = document.hidden ? `● ${stream.unread - from} · ${name}` : base;
    }, 1000);
    const seen = () => {
      from = stream.unread;
      if (!document.hidden) document.title = base;
    };
    addEventListener('visibilitychange', seen);
    return () => {
      clearInterval(timer);
      removeEventListener('visibilitychange', seen);
      document.title = 'Profile & Engagement';
    };
  }, [stream, room?.username]);
}
