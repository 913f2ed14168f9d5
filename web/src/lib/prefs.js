// What this browser remembers: looks only, never a credential. Storage may be refused; then nothing is remembered.
import { createStore } from './store.js';

function read(name) {
  try {
    return localStorage.getItem(`profile-api.${name}`);
  } catch {
    return null;
  }
}

/** A store whose value is kept under `name`. */
export function preference(name, initial) {
  const store = createStore(read(name) ?? initial);
  store.watch((value) => {
    try {
      localStorage.setItem(`profile-api.${name}`, value);
    } catch {
      // A private window without storage: the choice lasts as long as the page.
    }
  });
  return store;
}

export const theme = preference('theme', 'auto');
export const letters = preference('letters', 'on');
export const comfort = preference('rows', 'compact');
/** Masks secrets and addresses while the page itself is on stream. A dock of OBS begins with it. */
export const onAir = createStore(Boolean(window.obsstudio));

/** Small screens, or large text: columns are sheets. The style sheets have the same bound. */
export const isNarrow = () => matchMedia('(max-width: 44.9375em)').matches;

export function followTheme() {
  const root = document.documentElement;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    root.dataset.theme = theme.get() === 'auto' ? (dark.matches ? 'dark' : 'light') : theme.get();
  };
  apply();
  theme.watch(apply);
  dark.addEventListener('change', apply);
  const air = (on) => root.toggleAttribute('data-on-air', on);
  air(onAir.get());
  onAir.watch(air);
}

export function nextTheme() {
  const order = ['auto', 'dark', 'light'];
  theme.set(order[(order.indexOf(theme.get()) + 1) % order.length]);
}
