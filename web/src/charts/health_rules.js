// The words of the health page, made from facts by rules.
import { duration, hourMinute } from '../lib/format.js';

/** One sentence: how many rooms are live, and what is wrong with the first that is not. */
export function sentenceOf(list, link, ready) {
  if (!link.ok) return { shape: '▲', tone: 'bad', text: `The service has not answered for ${duration(Date.now() - link.since)}. Start it, or look into its log.` };
  if (ready && ready.status !== 'ready') return { shape: '▲', tone: 'bad', text: `The service answers but is not ready: ${ready.reason ?? ready.message ?? ready.status}.` };
  const wanted = list.filter((room) => !['disconnected', 'ended'].includes(room.state));
  if (!wanted.length) return { shape: '●', tone: 'ok', text: 'The service is ready. No room is followed.' };
  const live = wanted.filter((room) => room.state === 'connected');
  const bad = wanted.filter((room) => ['reconnecting', 'failed', 'connecting'].includes(room.state));
  const waits = wanted.filter((room) => room.state === 'waiting');
  const first = bad[0];
  const why = first ? ` @${first.username || first.room_id} ${first.state}${first.reason ? ` (${first.reason}${first.next_try ? `, next try ${hourMinute(Date.parse(first.next_try))}` : ''})` : ''}.` : '';
  const waiting = waits.length ? ` ${waits.length} wait${waits.length === 1 ? 's' : ''} for a stream to begin.` : '';
  return { shape: bad.length ? '↻' : '●', tone: bad.length ? 'warn' : 'ok', text: `${wanted.length === 1 && live.length === 1 ? 'The room is live.' : `${live.length} of ${wanted.length} rooms are live.`}${why}${waiting}` };
}

const ok = (more = '') => ({ shape: '✓', tone: 'ok', word: 'works', more });
const trouble = (more) => ({ shape: '▲', tone: 'bad', word: 'in trouble', more });
const unseen = (more) => ({ shape: '–', tone: 'quiet', word: 'not seen', more });

/** Where events come from and go to, each part judged by what is known of it. */
export function chainOf(list, link, ready) {
  const running = list.filter((room) => ['connecting', 'connected', 'reconnecting', 'waiting'].includes(room.state));
  const live = running.filter((room) => room.state === 'connected');
  const text = (room) => `${room.reason ?? ''} ${room.last_error?.message ?? ''}`.toLowerCase();
  const lost = running.filter((room) => ['reconnecting', 'failed'].includes(room.state));
  const sign = lost.find((room) => /sign/.test(text(room)));
  const upstream = lost.find((room) => !/sign/.test(text(room)));
  const undecodable = list.reduce((sum, room) => sum + (room.counters?.undecodable ?? 0), 0);
  const readers = list.reduce((sum, room) => sum + (room.subscribers ?? 0), 0);
  const ready_ = ready?.status === 'ready';
  return [
    { name: 'TikTok', ...(upstream ? trouble(`@${upstream.username}: ${upstream.reason}`) : live.length ? ok(`${live.length} live`) : unseen('no room is live')) },
    { name: 'Sign server', ...(sign ? trouble(sign.reason) : live.length ? ok() : unseen('not asked now')) },
    { name: 'Decoding', ...(undecodable ? trouble(`${undecodable} messages unreadable`) : live.length ? ok('nothing unreadable') : unseen('no events')) },
    { name: 'Commit', ...(!link.ok ? unseen('no answer') : ready && !ready_ ? trouble(ready.status) : ok('database takes writes')) },
    { name: 'Readers', ...(readers ? ok(`${readers} reading`) : unseen('nobody reads')) },
    { name: 'This page', ...(link.ok ? ok(link.ms === null ? '' : `${link.ms} ms`) : trouble('no answer')) },
  ];
}

const wanted = /^profile_api_(build_info|uptime|requests_total|request_duration_p9|events|live|database|cache|fan|subscribers|websocket|auth_failures|rate_limit)/;

/** Prometheus text → the totals of each series of ours, sums over labels. */
export function metricsOf(text) {
  const sums = new Map();
  for (const line of text.split('\n')) {
    const match = /^([a-z_0-9]+)(?:\{[^}]*\})?\s+([0-9.eE+-]+)/.exec(line);
    if (!match || !wanted.test(match[1]) || /_(bucket|sum|count)$/.test(match[1])) continue;
    const value = Number(match[2]);
    sums.set(match[1], /_p9\d$/.test(match[1]) ? Math.max(sums.get(match[1]) ?? 0, value) : (sums.get(match[1]) ?? 0) + value);
  }
  return [...sums].map(([name, value]) => [name.replace('profile_api_', '').replaceAll('_', ' '), Math.round(value * 100) / 100]);
}
