// Before: with tiktok-live-connector, in the process of your program.      npm install tiktok-live-connector
import { TikTokLiveConnection } from 'tiktok-live-connector';

const [username] = process.argv.slice(2);
const hosts = JSON.parse(process.env.TIKTOK_HOSTS ?? '{}'); // only to try it with the simulator
const live = new TikTokLiveConnection(username, { webConfigOverrides: hosts });

live.on('chat', ({ user, content }) => console.log(`${user.displayId}: ${content}`));
live.on('gift', ({ user, gift, giftId, repeatCount, repeatEnd }) => {
  if (gift?.type === 1 && !repeatEnd) return; // a streak that still runs
  console.log(`${user.displayId} gives ${repeatCount} × ${giftId}`);
});
live.on('like', ({ user, count }) => console.log(`${user.displayId} likes ${count}`));
live.on('streamEnd', () => process.exit());
live.on('disconnected', () => setTimeout(() => live.connect(), 5000)); // what happened meanwhile is lost

await live.connect();
