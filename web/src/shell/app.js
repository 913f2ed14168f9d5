// The frame around the views: header, rooms, the view of the address, and the bar of small screens.
import { html, useEffect, useLayoutEffect, useRef, useState } from '../lib/html.js';
import { createStore, useStore } from '../lib/store.js';
import { account } from '../api/credential.js';
import { rooms } from '../rooms/rooms.js';
import { RoomsColumn } from '../rooms/column.js';
import { isNarrow, nextTheme, onAir } from '../lib/prefs.js';
import { Problem } from '../ui/problem.js';
import { Skeleton } from '../ui/basics.js';
import { navigate, pathTo, route as address, useRoute, views } from './router.js';
import { useKeys } from './keys.js';
import { Header, KeyHelp } from './header.js';
import { SignedOut, SignIn } from './sign_in.js';
import { BottomBar } from './bottom_bar.js';

/** What lies over the view: `''`, `rooms`, `figures`, `menu` (small screens) or `keys`. */
export const sheet = createStore('');
/** The session that was looked at last; views of a session open with it. */
export const current = createStore('');

export function App() {
  const { state } = useStore(account);
  if (state === 'starting') return html`<div class="starting"><${Skeleton} rows=${3} /></div>`;
  if (state === 'out') return html`<${SignedOut} />`;
  return html`<${Shell} expired=${state === 'expired'} />`;
}

function Shell({ expired }) {
  const route = useRoute();
  const { list } = useStore(rooms);
  const open = useStore(sheet);
  const last = useStore(current);
  const view = views.find((each) => each.name === route.view);

  // At once: a plain effect comes after the next key, and would close what that key opened.
  useLayoutEffect(() => sheet.set(''), [route.view, route.parameter]);
  // `/` and `/live` go to the last or the first room.
  useEffect(() => {
    if (view?.perSession && route.parameter) current.set(route.parameter);
    if (!list || route.parameter || !route.known || address.get() !== route) return; // or the reader has gone elsewhere meanwhile
    const target = list.some((room) => room.session_id === last) ? last : list[0]?.session_id;
    if (route.view === '' || view?.perSession) {
      if (target) navigate(pathTo(route.view || 'live', target, route.query), { replace: true });
      else if (route.view === '') navigate('/live', { replace: true });
    }
  }, [list, route]);

  const step = (by) => {
    if (!list?.length) return;
    const at = list.findIndex((room) => room.session_id === (route.parameter || last));
    const next = list[(at + by + list.length) % list.length];
    navigate(pathTo(view?.perSession ? route.view : 'live', next.session_id));
  };
  useKeys({
    ...Object.fromEntries(views.map((each) => [`g ${each.key}`, () => navigate(pathTo(each.name, each.perSession ? last : ''))])),
    f: focusFollow,
    '[': () => step(-1),
    ']': () => step(1),
    O: () => onAir.set(!onAir.get()),
    t: nextTheme,
    '?': () => sheet.set('keys'),
    Esc: () => (sheet.get() ? sheet.set('') : false),
  });

  return html`<a class="skip" href="#main">To the content</a>
    <${Header} route=${route} />
    <div class="frame">
      <aside class=${`rooms ${open === 'rooms' ? 'open' : ''}`} aria-label="Rooms"><${RoomsColumn} chosen=${view?.perSession ? route.parameter : last} /></aside>
      <main id="main" class="view" tabindex="-1"><${ViewOf} view=${view} route=${route} /></main>
      ${expired && html`<div class="expired"><${SignIn} again /></div>`}
    </div>
    <${BottomBar} route=${route} />
    ${open && open !== 'keys' && html`<div class="veil" onClick=${() => sheet.set('')} />`}
    ${open === 'keys' && html`<${KeyHelp} onClose=${() => sheet.set('')} />`}`;
}

/** Moves the focus to the field that follows a room, wherever that stands. */
export function focusFollow() {
  if (isNarrow()) sheet.set('rooms');
  queueMicrotask(() => document.getElementById('follow')?.focus()); // behind the drawing of the sheet, before the next key
}

/** Loads the code of a view when it is first shown, and keeps a fault of the view inside it. */
function ViewOf({ view, route }) {
  const [loaded, set] = useState({ name: '', View: null, error: null });
  const heading = useRef('');
  useLayoutEffect(() => {
    if (!view) return;
    let alive = true;
    view.load().then(
      (module) => alive && set({ name: view.name, View: module.default, error: null }),
      (error) => alive && set({ name: view.name, View: null, error }),
    );
    if (heading.current && heading.current !== view.name) document.getElementById('main')?.focus({ preventScroll: true });
    heading.current = view.name;
    return () => (alive = false);
  }, [view]);
  if (!route.known) return html`<div class="empty"><h1>No such page</h1><p><a href="/live">To the rooms</a></p></div>`;
  if (!view || loaded.name !== view.name) return html`<${Skeleton} rows=${8} />`;
  if (loaded.error) return html`<${Problem} title=${view.label} error=${{ message: 'This part of the page could not be loaded; the tester may have been updated. Reload the page.', code: 'LOAD' }} onRetry=${() => location.reload()} />`;
  return html`<${loaded.View} route=${route} key=${view.name} />`;
}
