// Events from before the oldest row, page by page, with the same filter.
import { get, sessionPath } from '../api/http.js';
import { rowOf, grow } from './describe.js';
import { isEmpty, serverQuery } from './filter.js';

const PAGE = 500;
/** How far one step goes back where a filter leaves only some events. */
const SPAN = 5000;

/** The offset before which nothing was looked at yet; 1 or less: there is nothing before it. */
export function oldestOf({ filter, scanned, position, ring }) {
  const top = ring.all.at(ring.all.first);
  if (top?.k < ring.base) return 0; // the oldest rows are of the log before this one
  const first = top ? Math.ceil(top.k - ring.base) : position + 1;
  // Where a filter finds nothing, no row tells how far back was looked.
  return scanned?.filter === filter ? Math.min(first, scanned.offset) : first;
}

export async function loadOlder(stream) {
  const { filter, ring, epoch } = stream;
  const top = () => ring.all.at(ring.all.first);
  const row = top();
  const oldest = oldestOf(stream);
  if (oldest <= 1) return;
  const filtered = filter && !isEmpty(filter);
  const query = filtered ? { ...serverQuery(filter), ...(filter.min && { types: 'gift' }) } : {};
  let end = oldest;
  let found = [];
  for (let step = 0; step < 4 && !found.length && end > 1; step++) {
    const after = Math.max(0, end - 1 - (filtered ? SPAN : PAGE));
    let from = after;
    while (from < end - 1) {
      const page = await get(sessionPath(stream.id, '/events'), { after: from, limit: filtered ? 1000 : PAGE, epoch, ...query });
      const events = page.events.filter((event) => event.offset < end);
      found.push(...events);
      if (!page.more || page.next_after >= end - 1 || page.next_after <= from) break;
      from = page.next_after;
    }
    end = after + 1;
  }
  if (stream.filter !== filter || top() !== row) return; // meanwhile another filter was chosen, or rows have gone
  stream.scanned = { filter, offset: end };
  const rows = [];
  const streaks = new Map();
  const known = new Set();
  for (const { streak } of ring.all) known.add(streak);
  for (const event of found) {
    if (event.streak_id && known.has(event.streak_id)) continue; // its row is here, with a later count
    const running = event.type === 'gift' && streaks.get(event.streak_id);
    if (running) {
      grow(running, event);
      continue;
    }
    const older = rowOf(event);
    older.epoch = epoch;
    if (event.type === 'gift' && event.streak_id) streaks.set(event.streak_id, older);
    rows.push(older);
  }
  if (rows.length) {
    stream.ring.prepend(rows);
    stream.version++;
  }
}
