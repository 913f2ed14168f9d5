// What came back: status, time, size, limits, headers and body. A large body is shown in part until all is asked for.
import { html, useEffect, useState } from '../lib/html.js';
import { bytes, count } from '../lib/format.js';
import { onAir } from '../lib/prefs.js';
import { useStore } from '../lib/store.js';
import { Copy } from '../ui/basics.js';
import { escapeControls } from '../live/inspector.js';

export const SHOWN = 256 * 1024;

/** Sends, and keeps what is needed to show the answer. `send` returns a Response. */
export async function takeAnswer(send) {
  const began = performance.now();
  const response = await send();
  const first = performance.now() - began;
  const type = response.headers.get('content-type') ?? '';
  const blob = await response.blob();
  const ms = performance.now() - began;
  const answer = { status: response.status, words: response.statusText, type, size: blob.size, ms, first, headers: [...response.headers], blob, text: null, image: '' };
  if (type.startsWith('image/')) answer.image = URL.createObjectURL(blob);
  else answer.text = await blob.slice(0, SHOWN).text();
  if (type.includes('json') && blob.size <= SHOWN) answer.text = pretty(answer.text);
  return answer;
}
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** `secret`: the route answers with credentials, addresses or e-mail. */
export function Answer({ answer, secret }) {
  const air = useStore(onAir) && secret;
  const [all, setAll] = useState(null);
  useEffect(() => () => URL.revokeObjectURL(answer.image), [answer]);
  const header = (name) => answer.headers.find(([key]) => key === name)?.[1];
  const left = header('x-ratelimit-remaining');
  const text = air ? 'Hidden on air' : (all?.of === answer ? all.text : answer.text) ?? '';
  const good = answer.status < 400;
  return html`<section class="card answer" aria-label="Answer">
    <p class="answer-line" role="status"><strong class=${`state ${good ? 'ok' : 'bad'}`}><span aria-hidden="true">${good ? '●' : '▲'}</span> ${answer.status} ${answer.words}</strong><span class="figure">${count(Math.round(answer.ms))} ms</span><span class="figure">${bytes(answer.size)}</span>${left !== undefined && html`<span>limit: <span class="figure">${left} of ${header('x-ratelimit-limit')}</span> left</span>`}</p>
    ${answer.image ? html`<img class="answer-image" src=${answer.image} alt="The picture of the answer" />` : html`<pre class="mono raw answer-body" tabindex="0" role="group" aria-label="Body">${escapeControls(text) || '(empty)'}</pre>`}
    <div class="row">${answer.size > SHOWN && all?.of !== answer && html`<button type="button" class="button small" onClick=${async () => setAll({ of: answer, text: await answer.blob.text() })}>Show all ${bytes(answer.size)}</button>`}
      ${!answer.image && html`<${Copy} small label="Copy body" text=${() => answer.blob.text()} />`}
      <details><summary>${answer.headers.length} headers</summary><dl class="members">${answer.headers.map(([name, value]) => html`<div><dt>${name}</dt><dd class="mono">${value}</dd></div>`)}</dl></details></div>
  </section>`;
}
