// The figures of the service over time, as columns for charts and as a table.
import { get, sessionPath } from '../api/http.js';
import { families } from '../live/families.js';

export const ranges = [[900, '15 min'], [3600, '1 h'], [14_400, '4 h'], [43_200, '12 h'], [172_800, '2 days']];

/** Seconds of a bucket, so that a chart has at most about 240 points, or 120 on a narrow screen. */
export function bucketFor(span) {
  const most = innerWidth < 720 ? 121 : 241;
  return [10, 30, 60, 120, 300, 600, 1800, 3600].find((bucket) => span / bucket <= most) ?? 3600;
}

export async function loadTimeline(id, bucket, [since, until]) {
  const iso = (seconds) => new Date(seconds * 1000).toISOString();
  const start = Math.floor(since / bucket) * bucket;
  const buckets = [];
  let from = start;
  for (let page = 0; page < 10; page++) {
    const answer = await get(sessionPath(id, '/timeline'), { bucket, since: iso(from), until: until ? iso(until) : '' });
    buckets.push(...answer.buckets);
    if (!answer.more || !answer.buckets.length) break;
    from = answer.buckets.at(-1).starts_at_ms / 1000 + bucket;
  }
  const gaps = await loadGaps(id);
  // The bucket of now is not over, so its line would always fall.
  const over = buckets.filter((each) => each.starts_at_ms + bucket * 1000 <= Date.now());
  return columns(over.length ? over : buckets, bucket, gaps, until || Infinity);
}

/**
 * Buckets without events are not sent: a room that was heard said nothing (0), one that was not heard has no value. A gap that has
 * not ended goes on behind the last bucket.
 */
export function columns(buckets, bucket, gaps, until) {
  const seconds = [];
  const rows = [];
  const quiet = { events: 0, by_type: {}, likes: 0, diamonds: 0 };
  let next = buckets.length ? buckets[0].starts_at_ms / 1000 : 0;
  for (const each of buckets) {
    const at = each.starts_at_ms / 1000;
    for (; next < at; next += bucket) {
      seconds.push(next);
      rows.push(gaps.some(([from, to]) => from < next + bucket && to > next) ? null : quiet);
    }
    seconds.push(at);
    rows.push(each);
    next = at + bucket;
  }
  const [, end, dead] = gaps.at(-1) ?? [];
  if (dead) for (; next && next < Math.min(end, until); next += bucket) seconds.push(next), rows.push(null);
  return { bucket, seconds, rows, gaps, lastStart: buckets.at(-1)?.starts_at_ms ?? 0 };
}

let kept = { id: '', at: 0, gaps: [] };
/** When the room was not heard, by its session events; asked for at most every 20 s. */
async function loadGaps(id) {
  if (kept.id === id && Date.now() - kept.at < 20_000) return kept.gaps;
  const { events } = await get(sessionPath(id, '/events'), { types: 'session', limit: 1000 });
  kept = { id, at: Date.now(), gaps: gapsOf(events) };
  return kept.gaps;
}

export function gapsOf(events) {
  const gaps = [];
  let lost = 0;
  for (const event of events) {
    const at = event.timestamp_ms / 1000;
    if (event.state === 'connected') {
      const from = event.gap_ms ? at - event.gap_ms / 1000 : lost;
      if (from && at - from >= 1) gaps.push([from, at]);
      lost = 0;
    } else if (['reconnecting', 'disconnected', 'waiting', 'ended', 'failed'].includes(event.state)) lost ||= at;
  }
  if (lost) gaps.push([lost, Date.now() / 1000, events.at(-1).state === 'reconnecting']);
  return gaps;
}

export function table(line) {
  const head = ['from', 'events', ...families.slice(0, 6).map((family) => family.label.split(',')[0].toLowerCase()), 'viewers', 'diamonds', 'like taps'];
  const body = line.rows.map((row, i) => [
    new Date(line.seconds[i] * 1000).toISOString(),
    ...(row
      ? [row.events, ...families.slice(0, 6).map((family) => family.types.reduce((sum, type) => sum + (row.by_type?.[type] ?? 0), 0)), row.viewers_mean ?? '', row.diamonds, row.likes]
      : ['not heard', '', '', '', '', '', '', '', '', '']),
  ]);
  return [head, ...body];
}
