// A bot that answers commands of the chat on its standard output: !top !stats !roll. TikTok has no official way to write into
// the chat, so send the answers to an overlay, a voice or a lamp.
//   PROFILE_API_KEY=… node examples/bot.mjs show @somebody
import { ApiError, ProfileEngagementApi } from '../clients/javascript/index.js'; // in a program of your own: 'profile-engagement-api'

const [session, host] = process.argv.slice(2);
if (!session || !process.env.PROFILE_API_KEY) {
  console.error('PROFILE_API_KEY=… node examples/bot.mjs SESSION [@HOST]');
  process.exit(2);
}
const api = new ProfileEngagementApi(process.env.PROFILE_API_URL ?? 'http://localhost:8002', { key: process.env.PROFILE_API_KEY });
const quietFor = 3000; // milliseconds in which a person's further commands are not answered
const answered = new Map();

const commands = {
  async top() {
    const ranks = await api.leaderboard(session, { by: 'gifts', limit: 3 });
    return ranks.map(({ rank, user, score }) => `${rank}. ${user.nickname} ${score} 💎`).join(', ') || 'No gifts yet';
  },
  async stats() {
    const { by_type, unique_users } = await api.stats(session);
    return `${by_type.comment} comments, ${unique_users} people`;
  },
  async roll({ id }) {
    return `rolls ${(Number(BigInt(id) % 6n)) + 1}`; // the same event always rolls the same
  },
};

async function answer(event) {
  const command = commands[/^!(\w+)/.exec(event.comment)?.[1]?.toLowerCase()];
  if (!command || !event.user || event.historical) return;
  if (event.timestamp_ms - (answered.get(event.user.id) ?? -Infinity) < quietFor) return;
  answered.set(event.user.id, event.timestamp_ms);
  try {
    console.log(`@${event.user.username}: ${await command(event)}`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    console.error(`${error.code}: ${error.message}`); // the bot goes on
  }
}

if (host) console.error((await api.connect(session, host, { waitUntilLive: true })).message);
for await (const event of api.live(session, { types: ['comment'], from: process.env.BOT_FROM ?? 'now' })) await answer(event);
