// The header: views, whether the service answers, and the account.
import { html } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { account, permissionsOf, signOut } from '../api/credential.js';
import { link } from '../api/http.js';
import { comfort, letters, nextTheme, onAir, theme } from '../lib/prefs.js';
import { Dialog, Icon, Menu } from '../ui/basics.js';
import { keyMap } from './keys.js';
import { pathTo, views } from './router.js';
import { current, sheet } from './app.js';

export function Header({ route }) {
  const last = useStore(current);
  const air = useStore(onAir);
  return html`<header class="head">
    <a class="brand" href="/" aria-label="Profile & Engagement, start"><${Icon} name="logo" /><span class="brand-name">Profile <span class="amp">&</span> Engagement</span></a>
    <nav class="nav" aria-label="Views">
      ${views.map((view) => html`<a href=${pathTo(view.name, view.perSession ? last : '')} aria-current=${view.name === route.view ? 'page' : undefined}>${view.label}</a>`)}
    </nav>
    <div class="head-end">
      ${air && html`<button type="button" class="button small on-air" onClick=${() => onAir.set(false)}>On air: secrets hidden</button>`}
      <${LinkState} />
      <${AccountMenu} />
    </div>
  </header>`;
}

function LinkState() {
  const { ok, ms } = useStore(link);
  return html`<span class="link-state" role="status">${ok ? html`<span class="shape ok" aria-hidden="true">●</span><span class="figure">${ms === null ? '' : `${ms} ms`}</span><span class="sr">service answers</span>` : html`<span class="shape bad" aria-hidden="true">▲</span>no answer`}</span>`;
}

function AccountMenu() {
  const { me, how } = useStore(account);
  const look = useStore(theme);
  const rows = useStore(comfort);
  const keys = useStore(letters);
  const name = me?.username ?? '';
  const credential = how === 'key' ? `key ${me?.api_key?.name ?? ''}` : 'signed in';
  return html`<${Menu} kind="account" label=${html`<span class="sr">Account </span><span class="account-name">${name}</span><span class="account-how"> · ${credential}</span> <span aria-hidden="true">▾</span>`}>
    <p class="menu-note">${name} · role ${me?.role} · ${permissionsOf(me).join(', ')}</p>
    <button type="button" data-stay onClick=${nextTheme}>Theme: ${look}<kbd>t</kbd></button>
    <button type="button" data-stay onClick=${() => comfort.set(rows === 'compact' ? 'comfortable' : 'compact')}>Rows: ${rows}</button>
    <button type="button" data-stay onClick=${() => letters.set(keys === 'on' ? 'off' : 'on')}>Keys of one letter: ${keys}</button>
    <button type="button" onClick=${() => onAir.set(!onAir.get())}>On-air mode<kbd>O</kbd></button>
    <button type="button" onClick=${() => sheet.set('keys')}>Keyboard<kbd>?</kbd></button>
    <a href="/docs" target="_blank" rel="noreferrer">Documentation</a>
    <button type="button" onClick=${signOut}>Sign out</button>
  <//>`;
}

export const KeyHelp = ({ onClose }) => html`<${Dialog} title="Keyboard" onClose=${onClose} kind="wide">
  <div class="key-map">${keyMap.map(([title, keys]) => html`<section><h3>${title}</h3><dl>${keys.map(([key, what]) => html`<div><dt>${key.split(' ').map((part) => html`<kbd>${part}</kbd> `)}</dt><dd>${what}</dd></div>`)}</dl></section>`)}</div>
<//>`;
