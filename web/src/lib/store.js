// Values that several views watch.
import { useEffect, useState } from 'preact/hooks';

/**
 * @template T
 * @param {T} initial
 */
export function createStore(initial) {
  let value = initial;
  const watchers = new Set();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const watcher of [...watchers]) watcher(value);
    },
    patch(part) {
      this.set({ ...value, ...part });
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

/** Draws again when what `select` takes from the store changes. */
export function useStore(store, select = (value) => value) {
  const chosen = select(store.get());
  const [, redraw] = useState(0);
  useEffect(() => {
    let last = chosen;
    const look = (value) => {
      const next = select(value);
      if (Object.is(next, last)) return;
      last = next;
      redraw((n) => n + 1);
    };
    look(store.get()); // it may have changed between drawing and watching
    return store.watch(look);
  });
  return chosen;
}
