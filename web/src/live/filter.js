// Which rows are shown. The same four parameters are in the address, and the first three mean what they mean to /events.

/** @typedef {{types: string[], user: string, words: string, min: number}} Filter */

/** As the service compares words: in any case, script width and spelling, without what is never seen. */
export const fold = (text) => text.normalize('NFKC').replace(/\p{DI}/gu, '').toUpperCase().toLowerCase().normalize('NFKC');

/** @returns {Filter} */
export function filterOf(query) {
  const min = Number(query.get('min'));
  return {
    types: (query.get('types') ?? '').split(',').filter(Boolean),
    user: query.get('user') ?? '',
    words: query.get('q') ?? '',
    min: Number.isFinite(min) && min > 0 ? min : 0,
  };
}

export const isEmpty = (filter) => !filter.types.length && !filter.user && !filter.words && !filter.min;

/** What of the filter the service knows. */
export const serverQuery = (filter) => ({ types: filter.types.join(','), user: filter.user, contains: filter.words });

/** A function of a row; `hidden` holds ids of people whom the reader does not want to see. */
export function matcher(filter, hidden) {
  const types = filter.types.length ? new Set(filter.types) : null;
  const user = filter.user.replace(/^@/, '').toLowerCase();
  const words = fold(filter.words);
  return (row) => {
    if (row.type === 'note') return true;
    if (types && !types.has(row.type)) return false;
    if (hidden.size && hidden.has(row.uid)) return false;
    if (user && row.uid !== user && row.uname.toLowerCase() !== user) return false;
    if (words && (row.type !== 'comment' || !fold(row.said ?? row.text).includes(words))) return false;
    return !filter.min || row.gems >= filter.min;
  };
}
