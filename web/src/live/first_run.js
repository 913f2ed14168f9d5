// What a reader without rooms sees: the one next step.
import { html, useEffect } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { account, can } from '../api/credential.js';
import { rooms } from '../rooms/rooms.js';
import { focusFollow } from '../shell/app.js';
import { isNarrow } from '../lib/prefs.js';
import { Problem } from '../ui/problem.js';

export function FirstRun() {
  const { error } = useStore(rooms);
  const { me } = useStore(account);
  useEffect(() => {
    if (!isNarrow()) document.getElementById('follow')?.focus();
  }, []);
  if (error) return html`<div class="page"><${Problem} error=${error} title="Rooms" /></div>`;
  return html`<div class="empty first-run"><h1>No room is followed yet</h1>
    ${can('connect', me)
      ? html`<p>Type a name under <strong>Rooms</strong>: <code>name</code>, <code>@name</code>, a link of TikTok, or a room id. The room is here some seconds later, and every event of it stays.</p>
          <p>Nobody is live? Switch on <em>Wait until live</em>. Without TikTok: <code>webcast-sim --user quizhost</code> is a room of its own.</p>
          <button type="button" class="button primary narrow-only" onClick=${focusFollow}>Follow a room</button>`
      : html`<p>Your credential may read. Ask the owner of a room to share it with you, or an admin for the permission <code>connect</code>.</p>`}
  </div>`;
}
