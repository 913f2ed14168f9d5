// An alert for each gift that is worth at least so many diamonds. Streaks are told once, with their whole count.
//   PROFILE_API_KEY=… node examples/gift-alert.mjs show 100
import { ProfileEngagementApi } from '../clients/javascript/index.js'; // in a program of your own: 'profile-engagement-api'

const [session, least = '1'] = process.argv.slice(2);
if (!session || !process.env.PROFILE_API_KEY) {
  console.error('PROFILE_API_KEY=… node examples/gift-alert.mjs SESSION [DIAMONDS]');
  process.exit(2);
}
const api = new ProfileEngagementApi(process.env.PROFILE_API_URL ?? 'http://localhost:8002', { key: process.env.PROFILE_API_KEY });

let diamonds = 0;
for await (const event of api.live(session, { types: ['gift', 'control'], from: process.env.ALERTS_FROM ?? 'now' })) {
  if (event.type === 'control') {
    if (event.action === 'ended') break;
    continue;
  }
  if (!event.streak_end) continue; // more of the same gift will come
  diamonds += event.diamonds;
  if (event.diamonds < Number(least)) continue;
  const to = event.to_user ? ` to ${event.to_user.nickname}` : '';
  console.log(`🎁 ${event.user?.nickname ?? 'Somebody'} gives ${event.count} × ${event.name}${to}: ${event.diamonds} 💎`);
}
console.log(`The stream is over: ${diamonds} 💎`);
