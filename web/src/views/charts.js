// Charts: how the evening went, from the service's own sums, and who did most.
import { html, useEffect, useMemo, useRef, useState } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { get, sessionPath, pictureOf } from '../api/http.js';
import { roomOf, rooms, runs } from '../rooms/rooms.js';
import { count, decimal, duration, hourMinute, time } from '../lib/format.js';
import { Copy, Skeleton, Tabs } from '../ui/basics.js';
import { Problem } from '../ui/problem.js';
import { exportTo } from '../live/export.js';
import { families } from '../live/families.js';
import { number } from '../live/figures.js';
import { filterOf } from '../live/filter.js';
import { Face } from '../live/list.js';
import { FirstRun } from '../live/first_run.js';
import { streamOf } from '../live/stream.js';
import { clean, initialOf, nameOf } from '../live/text.js';
import { Plot } from '../charts/plot.js';
import { bucketFor, loadTimeline, ranges, table } from '../charts/timeline.js';
import { pathTo, setQuery } from '../shell/router.js';

export default function Charts({ route }) {
  const { list } = useStore(rooms);
  const id = route.parameter;
  if (!list) return html`<${Skeleton} rows=${8} />`;
  if (!id) return html`<${FirstRun} />`;
  return html`<${Room} key=${id} id=${id} route=${route} />`;
}

function Room({ id, route }) {
  const room = useStore(rooms, () => roomOf(id));
  const span = Number(route.query.get('span')) || 3600;
  const from = Number(route.query.get('from')) || 0;
  const to = Number(route.query.get('to')) || 0;
  const bucket = Number(route.query.get('bucket')) || bucketFor(from && to ? to - from : span);
  const [line, setLine] = useState(null);
  const [error, setError] = useState(null);
  const [twin, setTwin] = useState(false);
  const stream = useMemo(() => streamOf(id), [id]);
  useEffect(() => {
    let alive = true;
    let timer = 0;
    const load = async () => {
      let wait = 5000;
      try {
        const found = await loadTimeline(id, bucket, from && to ? [from, to] : [Math.floor(Date.now() / 1000) - span, 0]);
        if (!alive) return;
        setLine(found);
        setError(null);
      } catch (failure) {
        if (alive) setError(failure);
        wait = Math.max(wait, (failure.retryAt ?? 0) - Date.now());
      }
      if (alive && !to) timer = setTimeout(load, wait);
    };
    load();
    return () => {
      alive = false;
      clearTimeout(timer);
    };
  }, [id, span, bucket, from, to]);
  const pick = (value) => setQuery({ span: value, from: '', to: '', bucket: '' });
  const zoom = (a, b) => setQuery({ from: Math.floor(a), to: Math.ceil(b), bucket: '' });
  return html`<div class="page charts">
    <div class="page-head"><h1><bdi>@${clean(room?.username ?? id)}</bdi>${room?.room?.title && html` <span class="hint">${clean(room.room.title, 80)}</span>`}</h1>
      <div class="segments" role="group" aria-label="Range">${ranges.map(([value, label]) => html`<button type="button" class="segment" aria-pressed=${!from && span === value} onClick=${() => pick(value)}>${label}</button>`)}
      ${from && to ? html`<button type="button" class="segment" aria-pressed="true" onClick=${() => pick('')}>${hourMinute(from * 1000)} – ${hourMinute(to * 1000)} ×</button>` : ''}</div>
      <button type="button" class="button" aria-pressed=${twin} onClick=${() => setTwin(!twin)}>Table</button>
    </div>
    ${error && html`<${Problem} error=${error} title="Charts" />`}
    ${!line && !error && html`<${Skeleton} rows=${8} />`}
    ${line && (twin ? html`<${Twin} line=${line} />` : html`<${Grid} line=${line} stream=${stream} zoom=${zoom} />`)}
    ${room && !runs(room) && html`<${Summary} id=${id} />`}
    <${Leaders} id=${id} route=${route} />
  </div>`;
}

function Grid({ line, stream, zoom }) {
  const now = useRef(line);
  now.current = line;
  const column = (write) => () => [now.current.seconds, now.current.rows.map(write)];
  const gaps = () => now.current.gaps;
  const last = line.rows.findLast?.(Boolean);
  const b = line.bucket;
  const tips = `one point is ${duration(b * 1000)}`;
  const charts = [
    { title: 'Events per second', value: `${decimal((last?.events ?? 0) / b)} /s`, exact: `${count(last?.events)} in the last ${duration(b * 1000)}`, wide: true,
      lines: families.slice(0, 6).map((family) => ({ label: family.label.split(',')[0], colour: family.name })), labels: true, height: 240,
      data: () => [now.current.seconds, ...families.slice(0, 6).map((family) => now.current.rows.map((row) => row && family.types.reduce((sum, type) => sum + (row.by_type?.[type] ?? 0), 0) / b))] },
    { title: 'Viewers', value: count(line.rows.findLast?.((row) => row?.viewers_mean !== undefined)?.viewers_mean), lines: [{ label: 'mean', colour: 'room' }], data: column((row) => row?.viewers_mean ?? null), zero: false },
    { title: 'Diamonds per minute', value: `${count(Math.round(((last?.diamonds ?? 0) / b) * 60))} 💎`, lines: [{ label: 'diamonds', colour: 'money' }], data: column((row) => row && (row.diamonds / b) * 60), steps: true },
    { title: 'Likes per minute', value: count(Math.round(((last?.likes ?? 0) / b) * 60)), lines: [{ label: 'likes', colour: 'like' }], data: column((row) => row && (row.likes / b) * 60) },
  ];
  const delays = () => {
    const to = Math.floor(Date.now() / 1000) - 2;
    return [Array.from({ length: 300 }, (_, i) => to - 299 + i), stream.rates.read(stream.rates.delay, to - 299, to, NaN)];
  };
  const worst = delays()[1].filter((n) => n !== null).sort((a, b2) => a - b2);
  return html`<div class="chart-grid" data-last-start=${line.lastStart} data-last-events=${last?.events ?? 0} data-bucket=${b}>
    ${charts.map(({ title, value, exact, wide, ...plot }) => html`<section class=${`card chart ${wide ? 'wide' : ''}`}><header><h2>${title}</h2><span class="figure">${value}</span></header>
      <${Plot} key=${`${title}${b}`} height=${160} ...${plot} gaps=${gaps} onRange=${zoom} title=${`${title}: ${value}. The table has all values.`} /><p class="hint">${exact ? `${exact} · ` : ''}${tips}</p></section>`)}
    <section class="card chart"><header><h2>Delay to this page</h2><span class="figure">${worst.length ? `p99 ${duration(worst[Math.floor(worst.length * 0.99)])}` : '–'}</span></header>
      <${Plot} height=${160} lines=${[{ label: 'largest of the second', colour: 'accent' }]} data=${delays} title="Delay from the event to this page, the largest of each second" write=${duration} /><p class="hint">from TikTok’s time of the event, last 5 minutes, measured here</p></section>
    ${line.gaps.length > 0 && html`<p class="hint legend"><span class="hatched" aria-hidden="true"></span> hatched: the room was not heard</p>`}
  </div>`;
}

function Twin({ line }) {
  const rows = table(line);
  return html`<section class="card"><div class="page-head"><h2>The same as a table</h2><${Copy} small label="Copy as CSV" text=${() => rows.map((row) => row.join(',')).join('\n')} /></div>
    <div class="table-box twin" tabindex="0" role="group" aria-label="Table of the charts"><table><caption>One line is ${duration(line.bucket * 1000)}; newest first</caption>
    <thead><tr>${rows[0].map((name) => html`<th scope="col" class=${name === 'from' ? '' : 'number'}>${name}</th>`)}</tr></thead>
    <tbody>${rows.slice(1).reverse().slice(0, 500).map((row) => html`<tr>${row.map((cell, i) => (i ? html`<td class="number">${cell}</td>` : html`<th scope="row">${time(Date.parse(cell))}</th>`))}</tr>`)}</tbody></table></div></section>`;
}

/** What a room that is over leaves behind; below stands who did most. */
function Summary({ id }) {
  const [stats, set] = useState(null);
  const [error, setError] = useState(null);
  useEffect(() => void get(sessionPath(id, '/stats')).then(set, setError), [id]);
  return html`${error && html`<${Problem} error=${error} title="Summary" />`}
    ${stats && html`<section class="card summary"><div class="page-head"><h2>Summary</h2>${['ndjson', 'csv'].map((format) => html`<button type="button" class="button small" onClick=${() => exportTo({ id }, filterOf(new URLSearchParams()), format, () => {}).catch(setError)}>Export ${format.toUpperCase()}</button>`)}</div>
      <dl class="numbers">${number('Events', stats.events)}${number('People', stats.unique_users)}${number('Comments', stats.by_type.comment)}${number('Diamonds', stats.gifts.diamonds)}${number('Likes', stats.likes.total)}${number('Viewers, at most', stats.viewers.peak)}${number('Viewers, on average', stats.viewers.mean)}</dl></section>`}`;
}

const boards = [['comments', 'Comments'], ['gifts', 'Gifts'], ['likes', 'Likes'], ['shares', 'Shares']];
const windows = [['', 'whole session'], ['300', 'last 5 minutes'], ['3600', 'last hour'], ['86400', 'last day']];

function Leaders({ id, route }) {
  const by = boards.some(([name]) => name === route.query.get('by')) ? route.query.get('by') : 'gifts';
  const window_ = route.query.get('window') ?? '';
  const [board, setBoard] = useState(null);
  const [error, setError] = useState(null);
  useEffect(() => {
    let alive = true;
    const load = () => get(sessionPath(id, '/leaderboard'), { by, limit: 20, window: window_ }).then((found) => alive && (setBoard(found), setError(null)), (failure) => alive && setError(failure));
    load();
    const timer = setInterval(load, 10_000);
    return () => {
      alive = false;
      clearInterval(timer);
    };
  }, [id, by, window_]);
  const most = Math.max(1, ...(board?.leaderboard ?? []).map((entry) => entry.score));
  return html`<section class="card leaders"><div class="page-head"><h2>Who does most</h2>
      <label class="row">Window <select value=${window_} onChange=${(event) => setQuery({ window: event.currentTarget.value })}>${windows.map(([value, label]) => html`<option value=${value}>${label}</option>`)}</select></label></div>
    <${Tabs} label="Leaderboard" chosen=${by} onChoose=${(name) => setQuery({ by: name })} tabs=${boards} />
    ${error && html`<${Problem} error=${error} />`}
    ${!board && !error && html`<${Skeleton} rows=${5} />`}
    ${board && !board.leaderboard.length && html`<p class="empty-line">Nobody yet in this window.</p>`}
    ${board?.leaderboard.length > 0 && html`<ol class="board">${board.leaderboard.map((entry) => html`<li key=${entry.user.id}>
      <span class="figure place">${entry.rank}</span><${Face} init=${initialOf(nameOf(entry.user))} src=${pictureOf(entry.user)} />
      <a class="board-name" href=${pathTo('people', entry.user.username || entry.user.id, { session: id })}><bdi>${nameOf(entry.user)}</bdi></a>
      <meter class="bar" min="0" max=${most} value=${entry.score} aria-label=${`${count(entry.score)} ${board.unit ?? by}`}></meter><span class="figure score">${count(entry.score)}${board.unit === 'diamonds' ? ' 💎' : ''}</span></li>`)}</ol>`}
  </section>`;
}
