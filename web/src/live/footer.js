// The proof that nothing is missing: position, epoch, holes, and how much of it is here.
import { html, useEffect, useState } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { count, duration } from '../lib/format.js';
import { KEPT, KEPT_PAUSED } from './ring.js';

export function Footer({ stream, follow, api, filtered }) {
  const status = useStore(stream.status);
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 500);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (!status.short) return undefined;
    const timer = setTimeout(() => stream.status.patch({ short: '' }), 4000);
    return () => clearTimeout(timer);
  }, [status.short]);
  const fast = stream.rates.perSecond(Date.now(), 2) >= 40 && follow;
  const since = Date.now() - status.since;
  const late = status.phase === 'reconnecting' && since > 2000;
  const behind = stream.queue.length / 2;
  return html`<footer class="foot" data-offset=${stream.position} data-missing=${stream.missing} data-epoch=${stream.epoch} data-phase=${status.phase}>
    <span>Offset <strong class="figure w7">${count(Math.max(0, stream.position))}</strong></span>
    <span class="foot-epoch">epoch <code>${stream.epoch.slice(0, 8) || '–'}</code></span>
    <span class=${stream.missing ? 'bad' : ''}>Missing <strong class="figure">${count(stream.missing)}</strong></span>
    <span>${filtered ? html`Shown <strong class="figure">${count(stream.ring.view.length)}</strong> of <span class="figure">${count(stream.ring.all.length)}</span> kept here` : html`Kept here <strong class="figure">${count(stream.ring.all.length)}</strong> of <span class="figure">${count(follow ? KEPT : KEPT_PAUSED)}</span>`}</span>
    ${late && html`<span class="warn"><span aria-hidden="true">↻</span> reconnecting for ${duration(since)}</span>`}
    ${fast && html`<span>drawing 10 times a second; nothing is left out</span>`}
    ${behind > 2000 && html`<span>${count(behind)} waiting</span>`}
    ${status.short && html`<span role="status">${status.short}</span>`}
    ${!follow && html`<button type="button" class="button small to-end" onClick=${() => api.toEnd()}>To now <kbd>End</kbd></button>`}
  </footer>`;
}
