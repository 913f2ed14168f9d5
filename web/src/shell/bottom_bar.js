// Small screens: the bar at the bottom, with sheets for what is a column elsewhere.
import { html } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { Icon } from '../ui/basics.js';
import { pathTo, views } from './router.js';
import { current, sheet } from './app.js';

export function BottomBar({ route }) {
  const open = useStore(sheet);
  const last = useStore(current);
  const toggle = (name) => () => sheet.set(open === name ? '' : name);
  return html`<nav class="bottom" aria-label="Views and rooms">
      <a href=${pathTo('live', last)} aria-current=${route.view === 'live' && !open ? 'page' : undefined} onClick=${() => sheet.set('')}><${Icon} name="comment" />Stream</a>
      <button type="button" aria-expanded=${open === 'rooms'} onClick=${toggle('rooms')}><${Icon} name="room" />Rooms</button>
      ${route.view === 'live' ? html`<button type="button" aria-expanded=${open === 'figures'} onClick=${toggle('figures')}><${Icon} name="charts" />Figures</button>` : html`<a href=${pathTo('charts', last)} aria-current=${route.view === 'charts' ? 'page' : undefined}><${Icon} name="charts" />Charts</a>`}
      <button type="button" aria-expanded=${open === 'menu'} onClick=${toggle('menu')}><${Icon} name="more" />More</button>
    </nav>
    ${open === 'menu' && html`<div class="sheet-menu">${views.map((view) => html`<a href=${pathTo(view.name, view.perSession ? last : '')} aria-current=${view.name === route.view ? 'page' : undefined}>${view.label}</a>`)}</div>`}`;
}
