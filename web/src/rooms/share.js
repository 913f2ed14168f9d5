// Lets another user or key read a session.
import { html, useEffect, useState } from '../lib/html.js';
import { call, get, sessionPath } from '../api/http.js';
import { date } from '../lib/format.js';
import { Dialog, Field, Private, Skeleton } from '../ui/basics.js';
import { Problem } from '../ui/problem.js';

export function ShareDialog({ room, onClose }) {
  const [shares, setShares] = useState(null);
  const [error, setError] = useState(null);
  const path = (reader = '') => sessionPath(room.session_id, `/shares${reader && `/${encodeURIComponent(reader)}`}`);
  const load = () => get(path()).then((answer) => setShares(answer.shares), setError);
  useEffect(() => void load(), []);
  const act = async (method, reader) => {
    setError(null);
    try {
      await call(method, path(reader));
      await load();
    } catch (failure) {
      setError(failure);
    }
  };
  const add = async (event) => {
    event.preventDefault();
    const input = event.currentTarget.elements.reader;
    const reader = input.value.trim();
    if (reader) await act('PUT', reader);
    input.value = '';
  };
  return html`<${Dialog} title=${`Who may read ${room.session_id}`} onClose=${onClose}>
    <p class="hint">Readers see events, figures and pictures of this room, and nothing more.</p>
    <form class="row" onSubmit=${add}>
      <${Field} id="reader" label="Name of a user, or id of a key" wide><input id="reader" name="reader" autocomplete="off" required /><//>
      <button class="button primary">Share</button>
    </form>
    ${error && html`<${Problem} error=${error} />`}
    ${!shares && !error && html`<${Skeleton} rows=${2} />`}
    ${shares?.length === 0 && html`<p class="empty-line">Shared with nobody.</p>`}
    ${shares?.length > 0 && html`<ul class="lines">${shares.map((share) => html`<li><span><strong>${share.reader}</strong> <span class="hint">${share.kind} · since <${Private}>${date(share.shared_at)}<//></span></span>
      <button type="button" class="button small" onClick=${() => act('DELETE', share.reader)}>Remove</button></li>`)}</ul>`}
  <//>`;
}
