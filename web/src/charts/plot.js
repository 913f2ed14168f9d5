// uPlot as this page uses it: colours of the tokens, labels at the ends of lines, hatched gaps, and one chart a frame.
import uPlot from 'uplot';
import { html, useEffect, useRef } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { theme } from '../lib/prefs.js';
import { compact, hourMinute, time } from '../lib/format.js';

// Drawing all charts in one frame is a long task; one every 280 ms is not.
const queue = [];
let turn = 0;
let ticking = 0;
function tick() {
  if (document.hidden || !queue.length) return;
  for (let n = 0; n < queue.length; n++) {
    const update = queue[turn++ % queue.length];
    if (update()) return;
  }
}
function schedule(update) {
  queue.push(update);
  ticking ||= setInterval(tick, 280);
  return () => {
    queue.splice(queue.indexOf(update), 1);
    if (!queue.length) ticking = clearInterval(ticking);
  };
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function hatch(context, ratio) {
  const tile = document.createElement('canvas');
  tile.width = tile.height = 8 * ratio;
  const pen = tile.getContext('2d');
  pen.strokeStyle = colour('edge');
  pen.lineWidth = ratio;
  for (const shift of [-8, 0, 8]) {
    pen.beginPath();
    pen.moveTo(shift * ratio, 8 * ratio);
    pen.lineTo((shift + 8) * ratio, 0);
    pen.stroke();
  }
  return context.createPattern(tile, 'repeat');
}

/**
 * @param {object} props
 * @param {{label: string, colour: string}[]} props.lines
 * @param {() => (number|null)[][]} props.data seconds first, then the values of each line
 * @param {() => [number, number][]} [props.gaps] seconds in which nothing was heard
 * @param {number} [props.every] milliseconds between two drawings
 * @param {boolean} [props.labels] write the names at the ends of the lines
 */
export function Plot({ lines, data, gaps, height = 112, every = 1000, labels = false, steps = false, title, write = compact, zero = true, onRange }) {
  const box = useRef(null);
  const look = useStore(theme);
  const given = useRef({});
  given.current = { data, gaps };
  const shape = lines.map((line) => line.label).join();
  useEffect(() => {
    const element = box.current;
    const quiet = colour('text-2');
    const grid = { stroke: colour('line'), width: 1 };
    const font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: quiet, font, grid, ticks: { show: false } };
    const colours = lines.map((line) => colour(line.colour));
    const plot = new uPlot(
      {
        width: Math.max(120, element.clientWidth),
        height,
        padding: [8, labels ? 84 : 18, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: Boolean(onRange), y: false, setScale: false }, points: { show: false } },
        scales: { x: { time: true }, y: { range: (_, low, high) => (zero ? [0, Math.max(1, (high ?? 0) * 1.1)] : low === null ? [0, 1] : spread(low, high)) } },
        axes: [
          { ...axis, size: 22, grid: { show: false }, values: (_, splits, __, ___, step) => splits.map((s) => (step < 60 ? time(s * 1000) : hourMinute(s * 1000))), space: 72 },
          { ...axis, size: 48, values: (_, splits) => splits.map((n) => write(n)), space: 28 },
        ],
        series: [{}, ...lines.map((line, i) => ({ label: line.label, stroke: colours[i], width: 1.5, points: { show: false }, spanGaps: false, paths: steps ? uPlot.paths.stepped({ align: 1 }) : undefined }))],
        hooks: {
          drawClear: [(u) => drawGaps(u, given.current.gaps?.() ?? [])],
          draw: labels ? [(u) => drawLabels(u, lines, colours, font)] : [],
          setSelect: onRange ? [(u) => u.select.width > 4 && onRange(u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x'))] : [],
        },
      },
      given.current.data(),
      element,
    );
    let seen = true;
    let drawn = 0;
    const stop = schedule(() => {
      const now = performance.now();
      if (!seen || now - drawn < every) return false;
      drawn = now;
      plot.setData(given.current.data());
      return true;
    });
    const size = new ResizeObserver(() => element.clientWidth && plot.setSize({ width: element.clientWidth, height }));
    size.observe(element);
    const sight = new IntersectionObserver(([entry]) => (seen = entry.isIntersecting));
    sight.observe(element);
    element.redraw = () => plot.setData(given.current.data());
    return () => {
      stop();
      size.disconnect();
      sight.disconnect();
      plot.destroy();
    };
  }, [look, shape, height, labels]);
  return html`<div class="plot" ref=${box} role="img" aria-label=${title} />`;
}

function spread(low, high) {
  const pad = Math.max(1, (high - low) * 0.15);
  return [Math.max(0, low - pad), high + pad];
}

function drawGaps(u, gaps) {
  if (!gaps.length) return;
  const { ctx, bbox } = u;
  ctx.save();
  ctx.fillStyle = hatch(ctx, devicePixelRatio || 1);
  for (const [from, to] of gaps) {
    const left = Math.max(bbox.left, u.valToPos(from, 'x', true));
    const right = Math.min(bbox.left + bbox.width, u.valToPos(to, 'x', true));
    if (right > left) ctx.fillRect(left, bbox.top, Math.max(2, right - left), bbox.height);
  }
  ctx.restore();
}

/** Names at the right ends of the lines, moved apart where they would touch. */
function drawLabels(u, lines, colours, font) {
  const ratio = devicePixelRatio || 1;
  const { ctx, bbox } = u;
  const ends = lines
    .map((line, i) => ({ line, colour: colours[i], value: u.data[i + 1].findLast?.((n) => n !== null) ?? null }))
    .filter((end) => end.value !== null)
    .map((end) => ({ ...end, y: u.valToPos(end.value, 'y', true) }))
    .sort((a, b) => a.y - b.y);
  const gap = 13 * ratio;
  for (let i = ends.length - 1, floor = bbox.top + bbox.height; i >= 0; i--) floor = (ends[i].y = Math.min(ends[i].y, floor)) - gap;
  for (let i = 0, top = bbox.top; i < ends.length; i++) top = (ends[i].y = Math.max(ends[i].y, top)) + gap;
  ctx.save();
  ctx.font = font.replace('11px', `${11 * ratio}px`);
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  for (const end of ends) {
    ctx.fillStyle = end.colour;
    ctx.fillText(end.line.label, bbox.left + bbox.width + 6 * ratio, end.y);
  }
  ctx.restore();
}
