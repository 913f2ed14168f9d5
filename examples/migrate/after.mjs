// After: with this service. The program may stop, crash or come late; the events wait for it.
import { ProfileEngagementApi } from '../../clients/javascript/index.js'; // npm install ./clients/javascript

const [username] = process.argv.slice(2);
const api = new ProfileEngagementApi(process.env.PROFILE_API_URL ?? 'http://localhost:8002', { key: process.env.PROFILE_API_KEY });
const live = api.live(username, { from: 'earliest', waitForSession: true });

live.on('comment', ({ user, comment }) => console.log(`${user.username}: ${comment}`));
live.on('gift', ({ user, gift_id, count, streak_end }) => {
  if (!streak_end) return; // a streak that still runs
  console.log(`${user.username} gives ${count} × ${gift_id}`);
});
live.on('like', ({ user, count }) => console.log(`${user.username} likes ${count}`));
live.on('control', ({ action }) => action === 'ended' && process.exit());
// Nothing to do on a disconnect: it reconnects and goes on behind the last event.

await api.connect(username, username);
