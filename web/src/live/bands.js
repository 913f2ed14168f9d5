// Between toolbar and rows: what is wrong with the connection, since when, and what happened while it was away.
import { html, useEffect, useState } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { link } from '../api/http.js';
import { count, duration, plural } from '../lib/format.js';
import { Icon } from '../ui/basics.js';
import { Problem, useCountdown } from '../ui/problem.js';
import { account, can } from '../api/credential.js';
import { SKEWED } from './stream.js';
import { connectAgain, nextTryOf, stateOf } from '../rooms/rooms.js';
import { pathTo } from '../shell/router.js';

const Mark = ({ shape }) => html`<span class="warn" aria-hidden="true">${shape} </span>`;

export function Bands({ stream, room }) {
  const status = useStore(stream.status);
  const { skew_ms } = useStore(link);
  const { me } = useStore(account);
  const seconds = useCountdown(status.nextAt);
  const [, tick] = useState(0);
  const away = status.phase !== 'open' && status.phase !== 'closed';
  useEffect(() => {
    if (!away) return undefined;
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, [away]);
  const since = Date.now() - status.since;
  const stopped = room && ['disconnected', 'ended', 'failed'].includes(room.state);
  const waiting = room && ['waiting', 'reconnecting', 'connecting'].includes(room.state);
  return html`<div class="bands">
    ${status.phase === 'refused' && html`<${Problem} error=${status.error ?? { message: `The stream was closed with ${status.code}: ${status.reason}`, code: `CLOSE_${status.code}` }} onRetry=${() => stream.now()} />`}
    ${status.phase === 'gone' && html`<p class="band"><span><${Mark} shape="▲" />This session is unknown, or it was deleted or replaced. The rows stay; the page looks again in ${seconds} s.</span></p>`}
    ${status.phase === 'reconnecting' && since > 10_000 && html`<p class="band" role="status"><span><${Mark} shape="↻" />Reconnecting for ${duration(since)}${status.reason ? ` (${status.code ? `${status.code}: ` : ''}${status.reason})` : ''}. ${seconds ? `Next try in ${seconds} s.` : 'Trying…'} The rows stay; what comes meanwhile is read afterwards.</span> <button type="button" class="button small" onClick=${() => stream.now()}>Now</button></p>`}
    ${status.phase === 'reconnecting' && status.error && since <= 10_000 && since > 2000 && html`<p class="band" role="status"><span><${Mark} shape="▲" />${status.error.message}</span></p>`}
    ${status.band && html`<p class="band" role="status" data-band="away"><span class="figure">You were away ${duration(status.band.ms)} · ${plural(status.band.replayed, 'event')} replayed · missing ${count(status.band.missing)}</span>
      <button type="button" class="button plain square" aria-label="Close" onClick=${() => stream.status.patch({ band: null })}><${Icon} name="close" /></button></p>`}
    ${status.light && html`<p class="band" role="status"><span><${Mark} shape="▲" />Too much for this page: likes and joins are left out since then, all other events are here.</span> <button type="button" class="button small" onClick=${() => stream.everything()}>Everything again</button></p>`}
    ${status.crowded && html`<p class="band"><span><${Mark} shape="▲" />This page was cut twice in a minute because it was too slow.</span> <button type="button" class="button small" onClick=${() => stream.lighten()}>Leave out likes and joins</button></p>`}
    ${stopped && html`<p class="band"><span><span class=${`state ${stateOf(room).tone}`}>${stateOf(room).shape} ${stateOf(room).word}</span> · ${room.reason || 'the room is no longer followed'} · its events stay here</span> <a href=${pathTo('charts', room.session_id)}>Summary</a>${can('connect', me) && html` <button type="button" class="button small" onClick=${() => connectAgain(room, true).catch(() => {})}>Wait until live</button>`}</p>`}
    ${waiting && room.state !== 'connecting' && html`<${RoomWaits} room=${room} />`}
    ${Math.abs(skew_ms) > SKEWED && html`<p class="band"><span><${Mark} shape="◔" />The clock of this computer differs by ${duration(Math.abs(skew_ms))} from the service’s; delays are corrected for it.</span></p>`}
  </div>`;
}

function RoomWaits({ room }) {
  const { shape, word, tone } = stateOf(room);
  const seconds = useCountdown(nextTryOf(room));
  return html`<p class="band"><span><span class=${`state ${tone}`}>${shape} ${word}</span>${room.reason ? ` · ${room.reason}` : ''}${seconds ? ` · ${room.state === 'waiting' ? 'looks again' : 'next try'} in ${seconds} s` : ''}</span></p>`;
}
