// One listener for the keys of the page. Letters do nothing while a field has focus, and can be switched off (WCAG 2.1.4).
import { useLayoutEffect, useRef } from 'preact/hooks';
import { letters } from '../lib/prefs.js';

const layers = [];
let prefix = '';
let prefixTimer = 0;

const writes = (element) => element?.closest?.('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === 'Escape') {
    if (writes(event.target)) event.target.blur();
    else run('Esc', event);
    return;
  }
  if (writes(event.target) || document.querySelector('dialog[open]')) return;
  const plain = event.key.length === 1;
  if (plain && event.key !== ' ' && letters.get() === 'off') return;
  // Space and Enter belong to the control that has the focus.
  if ((event.key === ' ' || event.key === 'Enter') && event.target.closest?.('button, a, summary, input, [role=button], [role=tab]')) return;
  const name = event.key === ' ' ? 'Space' : event.key;
  const full = prefix ? `${prefix} ${name}` : name;
  prefix = '';
  clearTimeout(prefixTimer);
  if (name === 'g' && full === 'g') {
    prefix = 'g';
    prefixTimer = setTimeout(() => (prefix = ''), 1500);
    event.preventDefault();
    return;
  }
  run(full, event);
});

/** The newest layer that knows the key takes it. */
function run(name, event) {
  for (let i = layers.length - 1; i >= 0; i--) {
    const action = layers[i].current[name];
    if (!action) continue;
    if (action(event) !== false) event.preventDefault();
    return;
  }
}

/** Binds keys as long as the component is shown. `bindings`: `{'g l': action}`; an action that returns false leaves the key to the browser. */
export function useKeys(bindings) {
  const layer = useRef({});
  layer.current = bindings;
  useLayoutEffect(() => {
    layers.push(layer);
    return () => layers.splice(layers.indexOf(layer), 1);
  }, []);
}

/** What `?` shows. */
export const keyMap = [
  ['Views', [['g l', 'Live'], ['g c', 'Charts'], ['g p', 'People'], ['g o', 'Overlays'], ['g k', 'Console'], ['g h', 'Health'], ['g a', 'Access']]],
  ['Rooms', [['f', 'Follow a room'], ['[ ]', 'Previous, next room']]],
  ['Stream', [['/', 'Search'], ['Space', 'Pause, go on'], ['End', 'To now'], ['j k', 'Next, previous row'], ['Enter', 'Inspect the row'], ['c', 'Copy the row as JSON'], ['C', 'Copy the row as curl'], ['x', 'Hide this person'], ['1 … 8', 'Filters of types'], ['0', 'All types'], ['d', 'Drop my connection']]],
  ['Page', [['O', 'On-air mode'], ['t', 'Theme'], ['?', 'This list'], ['Esc', 'Close what is on top']]],
];
