// The comments of a room in a page. Open index.html#url=http://localhost:8002&session=show&token=st_…
// The token is a stream token, which may only read the events of this session: never put a key into a page.
import { ProfileEngagementApi } from '../../clients/javascript/index.js'; // in a program of your own: 'profile-engagement-api'

const { url, session, token } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const api = new ProfileEngagementApi(url, { token });
const live = api.live(session, { types: ['comment'], from: 'earliest' });
const list = document.getElementById('chat');

live.on('comment', ({ user, comment }) => {
  const row = document.createElement('li');
  const picture = document.createElement('img');
  const name = document.createElement('bdi');
  picture.src = api.pictureUrl(user) ?? '';
  picture.alt = '';
  name.textContent = user?.nickname || user?.username || 'Somebody';
  row.append(picture, ' ', name, ': ', comment); // as text, so that nobody writes HTML into the page
  list.append(row);
  if (list.children.length > 200) list.firstChild.remove();
  row.scrollIntoView({ block: 'end' });
});
live.on('state', ({ state, retryInMs, reason }) => {
  const texts = { open: 'live', waiting: `lost, next try in ${Math.ceil(retryInMs / 1000)} s`, closed: reason };
  document.getElementById('state').textContent = texts[state] ?? state;
});
