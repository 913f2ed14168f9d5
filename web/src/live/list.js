// The window of rows: only what is in sight is in the document. Row heights are fixed, so a place is a multiplication.
import { html, useEffect, useLayoutEffect, useRef, useState } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { comfort } from '../lib/prefs.js';
import { time, count } from '../lib/format.js';
import { Icon } from '../ui/basics.js';
import { families } from './families.js';
import { loadOlder, oldestOf } from './history.js';
import { KEPT, KEPT_PAUSED } from './ring.js';
import { onFrame } from './stream.js';

const EVERY = 100; // ms between two drawings while following: nobody reads more often
const SPACER_EVERY = 250;
const CALM = 40; // rows a second, up to which pictures are shown

export function EventList({ stream, onInspect, api }) {
  const box = useRef(null);
  const spacer = useRef(null);
  const [, draw] = useState(0);
  // In rem, so that larger text gets higher rows.
  const comfortable = useStore(comfort) === 'comfortable';
  const tall = (comfortable ? 2.5 : 1.75) * parseFloat(getComputedStyle(document.documentElement).fontSize);
  const state = useRef({ height: 0, spaced: 0, drawnAt: 0, spacedAt: 0, version: -1, set: 0, first: 0, dirty: true, loading: false, calm: true });
  const s = state.current;
  const view = () => stream.ring.view;

  /** Sets the height of the whole and, where it must, the place in it. */
  const space = (top) => {
    const rows = view();
    s.spaced = Math.max(s.height, rows.length * tall);
    spacer.current.style.height = `${s.spaced}px`;
    s.first = rows.first;
    if (top !== undefined) {
      s.set = Math.max(0, Math.min(top, s.spaced - s.height));
      box.current.scrollTop = s.set;
    }
  };
  /** Takes the height that the list has now, and keeps the place. */
  const measure = () => {
    s.height = box.current.clientHeight;
    spacer.current.firstChild.style.height = `${s.height}px`;
    if (stream.follow) space(Infinity);
    else space((stream.anchor - view().first) * tall);
    s.dirty = true;
  };
  const go = (follow, top) => {
    stream.follow = follow;
    if (follow) {
      stream.ring.forgetOlder();
      stream.scanned = null;
      stream.unread = 0;
    }
    space(follow ? Infinity : top);
    stream.anchor = view().first + s.set / tall;
    s.dirty = true;
    api.onFollow(follow);
  };

  // What the toolbar and the keys may do with the list.
  api.toEnd = () => go(true);
  api.pause = () => {
    if (stream.follow) {
      space(Infinity);
      go(false, Infinity);
    } else go(true);
  };
  api.show = (position) => {
    const top = (position - view().first) * tall;
    const at = stream.follow ? s.spaced - s.height : box.current.scrollTop;
    if (stream.follow && position >= view().end - Math.floor(s.height / tall)) return;
    if (top < at) go(false, top);
    else if (top + tall > at + s.height) go(false, top + tall - s.height);
  };
  api.refilter = () => {
    if (stream.follow) go(true);
    else go(false, (view().find(s.topKey ?? 0) - view().first) * tall);
  };
  api.redraw = () => (s.dirty = true);

  useLayoutEffect(() => {
    const element = box.current;
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    measure();
    const stop = onFrame((now) => {
      const rows = view();
      const changed = s.version !== stream.version;
      // A list that a filter left short is filled from history; else its pages come when the reader is near the oldest row.
      if (stream.follow ? rows !== stream.ring.all && rows.length * tall < s.height : rows.first === s.first && element.scrollTop < 20 * tall) older();
      // The height is behind by the rows of the last moment, also when no more come.
      if (now - s.spacedAt > SPACER_EVERY && Math.max(s.height, rows.length * tall) !== s.spaced) s.dirty = true;
      if (!changed && !s.dirty) return;
      if (stream.follow) {
        if (!s.dirty && now - s.drawnAt < EVERY) return;
        if (now - s.spacedAt > SPACER_EVERY) {
          s.spacedAt = now;
          if (Math.max(s.height, rows.length * tall) !== s.spaced) space(Infinity);
        }
        s.calm = stream.rates.perSecond(Date.now(), 2) < CALM;
      } else {
        // Rows that went or came at the beginning must not move what is read.
        if (rows.first !== s.first) space(element.scrollTop - (rows.first - s.first) * tall);
        else if (now - s.spacedAt > SPACER_EVERY) {
          s.spacedAt = now;
          space();
        }
        s.calm = true;
        if (!s.dirty && !changed) return;
      }
      s.dirty = false;
      s.version = stream.version;
      s.drawnAt = now;
      draw((n) => n + 1);
    });
    return () => {
      watcher.disconnect();
      stop();
    };
  }, [stream, tall]);

  const older = async () => {
    if (s.loading || stream.position < stream.head || stream.ring.all.length >= (stream.follow ? KEPT : KEPT_PAUSED) || oldestOf(stream) <= 1) return;
    s.loading = true;
    await loadOlder(stream).catch(() => new Promise((resolve) => setTimeout(resolve, 3000)));
    s.loading = false;
    s.dirty = true;
  };
  const scrolled = () => {
    if (!box.current) return; // the event of a list that has just gone
    const { scrollHeight, clientHeight } = box.current;
    const by = box.current.scrollTop - s.set;
    if (Math.abs(by) < 1.5) return;
    if (clientHeight !== s.height) {
      if (box.current.scrollTop >= scrollHeight - clientHeight - 1) return; // it is the new height that moved it
      // The reader scrolled in the moment in which the height changed: from the place that belongs to the new height.
      measure();
      box.current.scrollTop += by;
    }
    const { scrollTop } = box.current;
    s.set = scrollTop;
    const end = s.spaced - s.height;
    if (scrollTop >= end - 1 && !stream.follow) go(true);
    else if (stream.follow && scrollTop < end - 1) {
      // The height may be some rows behind; the distance from the end is what the reader chose.
      const away = end - scrollTop;
      space();
      go(false, s.spaced - s.height - away);
    }
    if (!stream.follow) {
      stream.anchor = view().first + box.current.scrollTop / tall;
    }
    s.dirty = true;
  };

  const rows = view();
  const room = Math.ceil(s.height / tall) + 1;
  const top = stream.follow ? Math.max(0, rows.length * tall - s.height) : (box.current?.scrollTop ?? 0);
  const begin = Math.max(0, Math.min(rows.length, Math.floor(top / tall)));
  const shown = [];
  for (let i = begin; i < Math.min(rows.length, begin + room); i++) shown.push([rows.at(rows.first + i), i, i * tall - top]);
  s.topKey = shown[0]?.[0].k;
  const active = shown.find(([row]) => row.k === stream.selected);
  return html`<div class=${`list ${comfortable ? 'tall' : ''}`} ref=${box} role="listbox" aria-label="Events" tabindex="0" onScroll=${scrolled} data-first=${rows.length ? rows.at(rows.first).from : ''}
      aria-activedescendant=${active ? `row-${active[0].k}` : undefined}
      onClick=${(event) => {
        const element = event.target.closest('[data-key]');
        if (!element) return;
        const key = Number(element.dataset.key);
        if (event.target.closest('[data-person]')) api.onPerson(key);
        else onInspect(key);
      }}>
    <div class="spacer" ref=${spacer} role="presentation"><div class="layer" role="presentation">
      ${shown.map(([row, i, y]) => html`<${Line} key=${i % room} row=${row} v=${row.v} y=${y} chosen=${row.k === stream.selected} picture=${s.calm} />`)}
    </div></div>
  </div>`;
}

function Line({ row, y, chosen, picture }) {
  const note = row.type === 'note';
  const common = { style: { transform: `translateY(${y}px)` }, role: 'option', 'aria-selected': chosen, 'data-type': row.type, ...(note ? {} : { id: `row-${row.k}`, 'data-from': row.from, 'data-key': row.k }) };
  if (note || row.type === 'session') {
    return html`<div class=${`line across fam-session ${chosen ? 'chosen' : ''}`} ...${common}>
      <span class="across-text">${row.type === 'session' && html`<span class="figure across-time">${time(row.ms)}</span>`}${row.type === 'session' ? 'session · ' : ''}${row.text}</span></div>`;
  }
  const family = families[row.fam];
  return html`<div class=${`line fam-${family.name} ${chosen ? 'chosen' : ''}`} ...${common}>
    <span class="c-time figure">${time(row.ms)}</span>
    <span class="c-offset figure">${count(row.from)}</span>
    <span class="c-type"><${Icon} name=${family.icon} /><span>${row.type}</span></span>
    <span class="c-face">${row.name && html`<${Face} init=${row.init} src=${picture ? row.pic : ''} />`}</span>
    <bdi class="c-name" dir="auto" data-person="">${row.name}</bdi>
    <span class="c-text" dir="auto" lang=${row.lang}>${row.text}</span>
    <span class="c-delay figure">${row.delay >= 0 ? `${Math.round(row.delay)} ms` : ''}</span>
  </div>`;
}

const broken = new Set();
const loaded = new Set();

/** The initial until the picture is there, and for ever if it does not come. */
export function Face({ init, src, size = 20 }) {
  const usable = src && !broken.has(src);
  const [, redraw] = useState(0);
  const ready = usable && loaded.has(src);
  return html`<span class=${`face ${size > 20 ? 'large' : ''}`} aria-hidden="true">${!ready && html`<span class="initial">${init}</span>`}
    ${usable && html`<img key=${src} src=${src} width=${size} height=${size} alt="" loading="lazy" decoding="async" onLoad=${() => keepLoaded(src, redraw)} onError=${() => (broken.add(src), redraw((n) => n + 1))} />`}</span>`;
}
function keepLoaded(src, redraw) {
  if (loaded.size > 4000) loaded.clear();
  loaded.add(src);
  redraw((n) => n + 1);
}
