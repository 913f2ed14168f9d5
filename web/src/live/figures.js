// Beside the rows: four numbers and three small charts of the last two minutes.
import { html, useEffect, useState } from '../lib/html.js';
import { count, decimal } from '../lib/format.js';
import { families } from './families.js';
import { FirstMinute } from './first_minute.js';
import { pathTo } from '../shell/router.js';

const SPAN = 120;

/** A number with its name, inside `dl.numbers`. */
export const number = (label, value) => html`<div class="tile"><dt>${label}</dt><dd class="figure">${value === null || value === undefined ? '–' : count(value)}</dd></div>`;

export function Figures({ stream, room }) {
  const [, tick] = useState(0);
  const [Plot, setPlot] = useState(null);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 500);
    const load = () => stream.loadTotals().catch(() => {});
    load();
    const again = setInterval(load, 60_000);
    import('../charts/plot.js').then((module) => setPlot(() => module.Plot), () => {});
    return () => {
      clearInterval(timer);
      clearInterval(again);
    };
  }, [stream]);
  const { rates, totals } = stream;
  const range = () => {
    // The last second is not over yet, so it would always fall.
    const to = Math.max(rates.last - 1, Math.floor(Date.now() / 1000) - 2);
    return [to - SPAN + 1, to];
  };
  const seconds = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const byFamily = () => {
    const [from, to] = range();
    return [seconds(from, to), ...families.slice(0, 6).map((_, i) => smooth(rates.read(rates.families[i], from, to)))];
  };
  const viewers = () => {
    const [from, to] = range();
    let last = null;
    return [seconds(from, to), rates.read(rates.viewers, from, to, NaN).map((n) => (last = n ?? last))];
  };
  const diamonds = () => {
    const [from, to] = range();
    const all = rates.read(rates.diamonds, from - 59, to);
    let sum = all.slice(0, 59).reduce((a, b) => a + b, 0);
    return [seconds(from, to), all.slice(59).map((n, i) => ((sum += n), i && (sum -= all[i - 1]), sum))];
  };
  const perMinute = diamonds()[1].at(-1);
  const lines = families.slice(0, 6).map((family) => ({ label: family.label.split(',')[0], colour: family.name }));
  return html`<div class="figures-body">
    <h2 class="sr">Figures</h2>
    <${FirstMinute} session=${stream.id} />
    <dl class="numbers">${number('Watching', totals.viewers ?? room?.room?.viewers)}${number('Events', Math.max(0, stream.position))}${number('Diamonds', totals.diamonds)}${number('Likes', totals.likes)}</dl>
    ${[
      ['Events per second', `${decimal(rates.perSecond(Date.now()))} /s`, { lines, data: byFamily, labels: true, height: 148 }],
      ['Viewers', count(totals.viewers ?? 0), { lines: [{ label: 'viewers', colour: 'room' }], data: viewers, zero: false }],
      ['Diamonds in a minute', `${count(perMinute)} 💎`, { lines: [{ label: 'diamonds', colour: 'money' }], data: diamonds, steps: true }],
    ].map(([title, value, plot]) => html`<section class="figure-chart"><header><h3>${title}</h3><span class="figure">${value}</span></header>${Plot ? html`<${Plot} title=${`${title}, the last two minutes: ${value}`} ...${plot} />` : html`<div class="plot-place" />`}</section>`)}
    <p><a href=${pathTo('charts', stream.id)}>The whole evening, and leaderboards</a></p>
  </div>`;
}

/** The mean of three seconds: events come in batches. */
function smooth(values) {
  return values.map((_, i) => {
    const part = values.slice(Math.max(0, i - 2), i + 1);
    return part.reduce((a, b) => a + b, 0) / part.length;
  });
}
