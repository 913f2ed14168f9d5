// The small parts that every view uses.
import { html, useEffect, useLayoutEffect, useRef, useState } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { onAir } from '../lib/prefs.js';

/* global ICONS */ // the address of icons.svg with its hash, filled in by build.mjs

/** An icon beside a word; alone it needs `label`. */
export const Icon = ({ name, label }) =>
  html`<svg class="icon" width="16" height="16" aria-hidden=${label ? undefined : 'true'} role=${label ? 'img' : undefined} aria-label=${label} focusable="false"><use href=${`${ICONS}#${name}`} /></svg>`;

export async function copyText(text) {
  await navigator.clipboard.writeText(text);
}

/** Copies `text` (or what it returns) and says so on itself. */
export function Copy({ text, label = 'Copy', small = false, kind = '' }) {
  const [said, say] = useState('');
  useEffect(() => {
    if (!said) return undefined;
    const timer = setTimeout(() => say(''), 1600);
    return () => clearTimeout(timer);
  }, [said]);
  const run = async () => {
    try {
      await copyText(typeof text === 'function' ? await text() : text);
      say('Copied');
    } catch {
      say('Not allowed');
    }
  };
  return html`<button type="button" class=${`button ${small ? 'small' : ''} ${kind}`} onClick=${run}>
    <${Icon} name="copy" /><span aria-live="polite">${said || label}</span>
  </button>`;
}

const BLOCKS = '••••••••••••';

/** A secret: blocks of constant width, shown for 30 s on request, never on air. */
export function Secret({ value, name = 'secret' }) {
  const hidden = useStore(onAir);
  const [shown, show] = useState(null);
  useEffect(() => {
    if (hidden) show(null); // what was shown before going on air is not shown again by itself
    const timer = setTimeout(() => show(null), 30_000);
    return () => clearTimeout(timer);
  }, [shown, hidden]);
  const open = shown === value && !hidden; // the next secret in this place is another one
  return html`<span class="secret">
    <code class="mono">${open ? value : BLOCKS}</code>
    <button type="button" class="button small" aria-pressed=${open} disabled=${hidden} title=${hidden ? 'Not while on air' : undefined} onClick=${() => show(open ? null : value)}>
      ${open ? 'Hide' : 'Show'}<span class="sr"> the ${name}</span>
    </button>
    <${Copy} small text=${value} label="Copy" />
  </span>`;
}

/** What must not be seen on air: addresses, e-mail, times of use. */
export function Private({ children }) {
  return useStore(onAir) ? html`<span aria-label="hidden on air">${BLOCKS}</span>` : html`<span>${children}</span>`;
}

/** A line to paste into a terminal. */
export const CommandLine = ({ children, text = children }) =>
  html`<div class="command"><code class="mono">${children}</code><${Copy} small text=${text} /></div>`;

/** A label with its field; `error` is tied to the field. */
export function Field({ label, hint, error, id, children, wide = false }) {
  return html`<div class=${`field ${wide ? 'wide' : ''}`}>
    <label for=${id}>${label}</label>
    ${children}
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    ${error && html`<p class="fault" id=${`${id}-fault`} role="alert">${error}</p>`}
  </div>`;
}

/** A dialog of the browser: it holds the focus, and Esc closes it. */
export function Dialog({ title, onClose, children, kind = '' }) {
  const box = useRef(null);
  // As a plain effect it would give the focus back some time after the dialog has gone, and take it from what got it meanwhile.
  useLayoutEffect(() => {
    const dialog = box.current;
    const before = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      before?.focus?.();
    };
  }, []);
  return html`<dialog ref=${box} class=${`dialog ${kind}`} aria-label=${title} onCancel=${(event) => (event.preventDefault(), onClose())}
    onClick=${(event) => event.target === box.current && onClose()}>
    <div class="dialog-body">
      <header class="dialog-head"><h2>${title}</h2>
        <button type="button" class="button plain square" onClick=${onClose} aria-label="Close"><${Icon} name="close" /></button>
      </header>
      ${children}
    </div>
  </dialog>`;
}

/** A button with a list of actions below it. */
export function Menu({ label, children, title, kind = '' }) {
  const [open, set] = useState(false);
  const box = useRef(null);
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event) => !box.current?.contains(event.target) && set(false);
    const esc = (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      set(false);
      box.current?.querySelector('button')?.focus();
    };
    addEventListener('pointerdown', outside);
    addEventListener('keydown', esc, true);
    box.current?.querySelector('.menu-list button, .menu-list a')?.focus();
    return () => {
      removeEventListener('pointerdown', outside);
      removeEventListener('keydown', esc, true);
    };
  }, [open]);
  const leave = (event) => event.relatedTarget && !box.current?.contains(event.relatedTarget) && set(false);
  return html`<div class="menu" ref=${box} onFocusOut=${leave}>
    <button type="button" class=${`button ${kind}`} aria-expanded=${open} aria-label=${title} onClick=${() => set(!open)}>${label}</button>
    ${open && html`<div class="menu-list" onClick=${(event) => event.target.closest('button, a') && !event.target.closest('[data-stay]') && set(false)}>${children}</div>`}
  </div>`;
}

/** Tabs with arrow keys, as WAI-ARIA describes them. */
export function Tabs({ tabs, chosen, onChoose, label }) {
  const move = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = (tabs.findIndex(([name]) => name === chosen) + step + tabs.length) % tabs.length;
    onChoose(tabs[next][0]);
    event.currentTarget.children[next]?.focus();
  };
  return html`<div class="tabs" role="tablist" aria-label=${label} onKeyDown=${move}>
    ${tabs.map(([name, text]) => html`<button type="button" role="tab" class="tab" aria-selected=${name === chosen} tabindex=${name === chosen ? 0 : -1} onClick=${() => onChoose(name)}>${text}</button>`)}
  </div>`;
}

/** Grey rows of the final height, only if the answer takes longer than 150 ms. */
export function Skeleton({ rows = 4 }) {
  const [late, set] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => set(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return html`<div class="skeleton" role="status" aria-label="Loading">${late && Array.from({ length: rows }, () => html`<div class="bone" />`)}</div>`;
}
