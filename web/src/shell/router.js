// Addresses of the page: /VIEW/PARAMETER?query. A filter or a range is in the query, so an address reopens what it shows.
import { createStore, useStore } from '../lib/store.js';

/** The views in the order of the navigation; `key` follows `g`. Each is loaded when it is first shown. */
export const views = [
  { name: 'live', label: 'Live', key: 'l', icon: 'comment', perSession: true, load: () => import('../views/live.js') },
  { name: 'charts', label: 'Charts', key: 'c', icon: 'charts', perSession: true, load: () => import('../views/charts.js') },
  { name: 'people', label: 'People', key: 'p', icon: 'people', load: () => import('../views/people.js') },
  { name: 'overlays', label: 'Overlays', key: 'o', icon: 'room', load: () => import('../views/overlays.js') },
  { name: 'console', label: 'Console', key: 'k', icon: 'session', load: () => import('../views/console.js') },
  { name: 'health', label: 'Health', key: 'h', icon: 'like', load: () => import('../views/health.js') },
  { name: 'access', label: 'Access', key: 'a', icon: 'join', load: () => import('../views/access.js') },
];

function parse() {
  const [, name = '', ...rest] = location.pathname.split('/');
  let parameter = '';
  try {
    parameter = decodeURIComponent(rest.join('/'));
  } catch {
    // A broken escape in an address: the view opens without its parameter.
  }
  return { view: views.some((view) => view.name === name) ? name : '', known: name === '' || views.some((view) => view.name === name), parameter, query: new URLSearchParams(location.search) };
}

export const route = createStore(parse());
addEventListener('popstate', () => route.set(parse()));

export function pathTo(view, parameter = '', query = undefined) {
  const text = query ? new URLSearchParams(query).toString() : '';
  return `/${view}${parameter ? `/${encodeURIComponent(parameter)}` : ''}${text ? `?${text}` : ''}`;
}

export function navigate(path, { replace = false } = {}) {
  if (path === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', path);
  route.set(parse());
}

/** Changes parameters of the present address; an empty value takes one out. */
export function setQuery(part) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(part)) {
    if (value === '' || value === null || value === undefined) query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  navigate(location.pathname + (text ? `?${text}` : ''), { replace: true });
}

export const useRoute = () => useStore(route);

/** Links stay links (they open in a new tab, they can be copied); plain clicks do not load the page again. */
addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const anchor = event.target.closest?.('a[href]');
  if (!anchor || anchor.target || anchor.hasAttribute('download') || anchor.origin !== location.origin) return;
  const [, name] = anchor.pathname.split('/');
  if (name !== '' && !views.some((view) => view.name === name)) return;
  if (anchor.hash) return;
  event.preventDefault();
  navigate(anchor.pathname + anchor.search);
});
