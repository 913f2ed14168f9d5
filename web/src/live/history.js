// Events from before the oldest row, page by page, with the same filter.
import { get, sessionPath } from '../api/http.js';
import { rowOf, grow } from './describe.js';
import { serverQuery } from './filter.js';

const PAGE = 500;
/** How far one step goes back where a filter leaves only some events. */
const SPAN = 5000;

export async function loadOlder(stream) {
  const { filter } = stream;
  const { ring, epoch } = stream;
  const top = () => ring.all.at(ring.all.first);
  const row = top();
  if (row?.k < ring.base) return; // of a log that is no longer kept
  const first = row ? Math.ceil(row.k - ring.base) : stream.position + 1;
  // Where a filter finds nothing, no row tells how far back was looked.
  const oldest = stream.scanned?.filter === filter ? Math.min(first, stream.scanned.offset) : first;
  if (oldest <= 1) return;
  const filtered = filter && (filter.types.length || filter.user || filter.words);
  let end = oldest;
  let found = [];
  for (let step = 0; step < 4 && !found.length && end > 1; step++) {
    const after = Math.max(0, end - 1 - (filtered ? SPAN : PAGE));
    let from = after;
    while (from < end - 1) {
      const page = await get(sessionPath(stream.id, '/events'), { after: from, limit: filtered ? 1000 : PAGE, epoch, ...(filtered ? serverQuery(filter) : {}) });
      const events = page.events.filter((event) => event.offset < end);
      found.push(...events);
      if (!page.more || !page.events.length || page.next_after >= end - 1 || page.next_after <= from) break;
      from = page.next_after;
    }
    end = after + 1;
  }
  if (stream.filter !== filter || top() !== row) return; // meanwhile another filter was chosen, or rows have gone
  stream.scanned = { filter, offset: end };
  const rows = [];
  const streaks = new Map();
  for (const event of found) {
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
