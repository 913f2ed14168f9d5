// People: who somebody is, which source says so, and what they did here.
import { html, useEffect, useState } from '../lib/html.js';
import { useStore } from '../lib/store.js';
import { account, can } from '../api/credential.js';
import { call, get, post } from '../api/http.js';
import { rooms } from '../rooms/rooms.js';
import { date, plural } from '../lib/format.js';
import { Copy, Dialog, Field, Icon, Skeleton } from '../ui/basics.js';
import { Problem } from '../ui/problem.js';
import { TheirEvents } from '../live/inspector.js';
import { clean } from '../live/text.js';
import { navigate, pathTo, setQuery } from '../shell/router.js';

/** The sources in the order of their worth, and how long each one's answer lives. */
const sources = [
  ['live', 10, 'the picture of a live event', '7 days'],
  ['scraper', 9, 'the public page of the profile', '24 hours'],
  ['generator', 3, 'drawn from the name, by a service or here', '30 days'],
  ['initials', 1, 'the first letters, drawn here', '365 days'],
];

export default function People({ route }) {
  const name = route.parameter.replace(/^@/, '');
  const search = (event) => {
    event.preventDefault();
    const value = event.currentTarget.elements.person.value.trim();
    const plain = /tiktok\.com\/@([^/?#\s]+)/i.exec(value)?.[1] ?? value.replace(/^@/, '');
    if (plain) navigate(pathTo('people', plain, Object.fromEntries(route.query)));
  };
  return html`<div class="page people">
    <div class="page-head"><h1>People</h1>
      <form class="row" role="search" onSubmit=${search}><label class="sr" for="person">Name or link of a profile</label><input id="person" name="person" key=${name} defaultValue=${name} placeholder="@name or link" autocomplete="off" autocapitalize="none" spellcheck="false" required /><button class="button primary">Look up</button></form>
    </div>
    ${name ? html`<${Profile} key=${name} name=${name} route=${route} />` : html`<${Known} />`}
  </div>`;
}

function Profile({ name, route }) {
  const { me } = useStore(account);
  const { list } = useStore(rooms);
  const [profile, setProfile] = useState(null);
  const [error, setError] = useState(null);
  const [said, say] = useState('');
  const [ask, setAsk] = useState(false);
  const load = () => get(`/profile/${encodeURIComponent(name)}`).then((found) => (setProfile(found), setError(null)), setError);
  useEffect(() => void load(), []);
  const session = route.query.get('session') ?? list?.[0]?.session_id ?? '';
  const revalidate = async () => {
    say('Asking the sources…');
    try {
      const answer = await post('/profiles/revalidate', { usernames: [name] });
      await load();
      say(answer.successful ? 'The sources answered.' : 'No source had anything newer.');
    } catch (failure) {
      setError(failure);
      say('');
    }
  };
  const erase = async () => {
    setAsk(false);
    try {
      await call('DELETE', `/profile/${encodeURIComponent(name)}`);
      navigate('/people');
    } catch (failure) {
      setError(failure);
    }
  };
  return html`${error && html`<${Problem} error=${error} title=${`@${clean(name, 40)}`} onRetry=${load} />`}
    ${!profile && !error && html`<${Skeleton} rows=${6} />`}
    ${profile && html`<div class="profile"><div class="profile-side">
      <section class="card profile-card">
        <div class="person-head"><img class="portrait" src=${profile.avatar_data_url} width="96" height="96" alt=${`Picture of ${clean(profile.nickname, 64) || profile.username}`} />
          <div><h2 class="person-name"><bdi>${clean(profile.nickname, 64) || `@${profile.username}`}</bdi></h2><p class="hint">@${profile.username}</p><p class="hint figure">kept since ${date(profile.cached_at)}</p><p class="hint figure">until ${date(profile.expires_at)}</p></div></div>
        <div class="row">${can('write', me) && html`<button type="button" class="button" onClick=${revalidate}>Ask the sources again</button>`}
          <${Copy} label="Copy JSON" text=${() => JSON.stringify({ ...profile, avatar_data_url: undefined }, null, 2)} />
          ${can('admin', me) && html`<button type="button" class="button danger" onClick=${() => setAsk(true)}>Erase this person…</button>`}</div>
        ${said && html`<p class="hint" role="status">${said}</p>`}
      </section>
      ${session && html`<section class="card"><label class="row">Room <select value=${session} onChange=${(event) => setQuery({ session: event.currentTarget.value })}>${(list ?? []).map((room) => html`<option value=${room.session_id}>${room.session_id}</option>`)}</select></label><${TheirEvents} session=${session} user=${name} /></section>`}</div>
      <section class="card"><h2>Sources</h2><p class="hint">The picture comes from the best source that has one; a lower one never replaces it before it expires.</p>
        <ul class="sources">${sources.map(([source, priority, what, life]) => {
          const used = source === profile.source;
          return html`<li class=${`source ${used ? 'used' : ''}`}><span class="source-picture">${used ? html`<img src=${profile.avatar_data_url} width="48" height="48" alt="" />` : html`<${Icon} name="unknown" />`}</span>
            <div><p><strong>${source}</strong> <span class="hint">priority ${priority}</span></p><p class="hint">${what} · lives ${life}</p></div><span class=${used ? 'state ok' : 'hint'}>${used ? '● says this' : priority > profile.priority ? 'had nothing' : 'not needed'}</span></li>`;
        })}</ul>
        <p class="hint mono hash">picture ${profile.image_hash?.slice(0, 16) ?? '–'}…</p></section>
    </div>`}
    ${ask && html`<${Dialog} title=${`Erase @${name}?`} onClose=${() => setAsk(false)}><p>The profile, the picture, and the name in all stored events are deleted. This cannot be undone.</p><div class="row"><button type="button" class="button danger" onClick=${erase}>Erase</button><button type="button" class="button" onClick=${() => setAsk(false)}>Keep</button></div><//>`}`;
}

/** Who was seen, a page at a time. */
function Known() {
  const [items, setItems] = useState(null);
  const [cursor, setCursor] = useState('');
  const [error, setError] = useState(null);
  const more = () => get('/profiles', { limit: 60, cursor }).then((page) => (setItems((old) => [...(old ?? []), ...page.items]), setCursor(page.next_cursor), setError(null)), setError);
  useEffect(() => void more(), []);
  if (error) return html`<${Problem} error=${error} title="Profiles" onRetry=${more} />`;
  if (!items) return html`<${Skeleton} rows=${6} />`;
  if (!items.length) return html`<p class="empty-line">Nobody is known yet. Look up a name above, or follow a room.</p>`;
  return html`<p class="hint">${plural(items.length, 'person', 'people')} shown, by name</p>
    <ul class="people-grid">${items.map((item) => html`<li key=${item.username}><a href=${pathTo('people', item.username)}><strong><bdi>${clean(item.nickname, 64) || item.username}</bdi></strong><span class="hint">@${item.username} · ${item.source}</span></a></li>`)}</ul>
    ${cursor && html`<button type="button" class="button" onClick=${more}>More</button>`}`;
}
