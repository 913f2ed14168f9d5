// ./dev bench faults: our server and tiktok-live-connector follow the same simulated room, to which the same things happen.
// The connector is used as its README shows, and is connected again when it reports a disconnect, as its users do.
// Printed: what each delivered, against what the room had said.
import { execFileSync } from 'node:child_process';
import { startApi, startSim } from './programs.mjs';
import { until } from './wait.mjs';

const COUNT = 800;
const rows = [
  ['nothing goes wrong', []],
  ['connection dropped, 3 times', [['drop'], ['drop'], ['drop']]],
  ['close frame, twice', [['close_frame'], ['close_frame']]],
  ['upstream falls silent', [['silence']]],
  ['batches sent twice, 5', [['duplicate_batch', '&n=5']]],
  ['batches reordered, 5', [['reordered', '&n=5']]],
  ['ends of streaks lost, 5', [['lost_streak_end', '&n=5']]],
  ['ends of streaks repeated, 5', [['repeated_streak_end', '&n=5']]],
  ['garbage frame, gzip bomb', [['garbage_frame'], ['gzip_bomb']]],
  ['gifts without details, all', [['gift_without_details', '&n=0']]],
  ['the server process is killed', [['SIGKILL']]],
];

/** The connector, and the totals that its events make. */
async function startConnector(sim) {
  const { TikTokLiveConnection } = await import('tiktok-live-connector');
  const host = `0.0.0.0:${sim.port}`;
  const seen = { messages: 0, ids: new Set(), diamonds: 0, streaks: 0 };
  const client = new TikTokLiveConnection('host', { webConfigOverrides: { TIKTOK_HOST_WEB: host, TIKTOK_HOST_WEBCAST: host } });
  client.on('decodedData', (method, { data }) => {
    seen.messages++;
    seen.ids.add(String(data.common?.msgId));
  });
  client.on('gift', (gift) => {
    const type = gift.gift?.type ?? gift.giftDetails?.giftType;
    if (type === 1 && !gift.repeatEnd) return; // a streak that goes on
    seen.streaks++;
    seen.diamonds += Number(gift.gift?.diamondCount ?? gift.giftDetails?.diamondCount ?? 0) * Number(gift.repeatCount ?? 1);
  });
  client.on('error', () => {});
  let over = false;
  const reconnect = () => !over && client.connect().catch(reconnect);
  client.on('disconnected', reconnect);
  await client.connect();
  return { seen, stop: () => ((over = true), client.disconnect().catch(() => {})) };
}

async function follow(faults) {
  const sim = await startSim('--user', 'host', '--seed', '21', '--rate', '150', '--count', String(COUNT), '--backlog', '0');
  process.env.SIGN_API_URL = sim.origin;
  process.env.SIGN_API_KEY = 'any';
  const settings = { LIVE_CHECK_INTERVAL: '1', LIVE_BACKOFF_MAX: '1', LIVE_SILENCE_TIMEOUT: '3', LIVE_STREAK_TIMEOUT: '3' };
  let api = await startApi(sim, settings);
  // Both are there before the room says its first word.
  await sim.fault('host', 'silence');
  const both = [api.connect('s', 'host', { wait_until_live: true }), startConnector(sim)];
  await until('both are connected', async () => (await sim.truth('host')).connects >= 2);
  await sim.fault('host', 'clear');
  const [, connector] = await Promise.all(both);
  const programs = [api];
  let step = 0;
  for (const [kind, more] of faults) {
    step += Math.floor(COUNT / (faults.length + 1));
    await until(`${step} messages`, async () => (await sim.truth('host')).total >= step, { seconds: 120, every: 5 });
    const before = (await sim.truth('host')).connects;
    if (kind === 'SIGKILL') {
      api.child.kill('SIGKILL');
      api = await startApi(sim, settings, api.folder);
      programs.push(api);
    } else {
      await sim.fault('host', kind, more);
    }
    if (kind === 'silence') {
      await until('a new connection', async () => (await sim.truth('host')).connects > before);
      await sim.fault('host', 'clear');
    }
  }
  const truth = await until('the room has said all', async () => {
    const now = await sim.truth('host');
    return now.done && now;
  }, { seconds: 120 });
  const last = Date.now() + 15_000; // what has not come then does not come
  let log;
  const sums = () => {
    const ends = log.filter((e) => e.type === 'gift' && e.streak_end);
    return { ids: new Set(log.filter((e) => !e.inferred).map((e) => e.id)).size, messages: log.filter((e) => !e.inferred).length,
      streaks: ends.length, diamonds: ends.reduce((sum, e) => sum + e.diamonds, 0) };
  };
  do log = (await api.call('/sessions/s/events?after=0&limit=1000')).json.events;
  while ((sums().ids < truth.total || sums().diamonds < truth.gifts.diamonds || connector.seen.ids.size < truth.total) && Date.now() < last);
  await connector.stop();
  for (const program of programs.reverse()) await program.stop();
  await sim.stop();
  return { truth, ours: sums(), theirs: { ...connector.seen, ids: connector.seen.ids.size } };
}

const cell = (seen, truth) => {
  const events = `${seen.ids}${seen.messages > seen.ids ? ` (+${seen.messages - seen.ids} twice)` : ''}`;
  const money = seen.diamonds - truth.gifts.diamonds;
  return `${events}${seen.ids === truth.total ? '' : ` lost ${truth.total - seen.ids}`} | ${seen.diamonds}${money ? ` (${money > 0 ? '+' : ''}${money})` : ''}`;
};
// Each row in a process of its own: the connector reads the sign server's address when it is loaded.
const row = process.argv[2];
if (row !== undefined) {
  const [name, faults] = rows[Number(row)];
  const { truth, ours, theirs } = await follow(faults);
  console.log(`| ${name} | ${truth.total} | ${truth.gifts.diamonds} | ${cell(ours, truth)} | ${cell(theirs, truth)} |`);
  process.exit(0);
}
console.log('| what happens | truth: events | diamonds | ours: events | diamonds | connector: events | diamonds |\n|---|---|---|---|---|---|---|');
for (const index of rows.keys()) execFileSync(process.execPath, [import.meta.filename, String(index)], { stdio: 'inherit' });
