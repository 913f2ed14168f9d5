// The simulator is right by someone else's judgement: an unmodified npm client reports what /sim/truth says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSim } from './programs.mjs';

test('tiktok-live-connector reports the chats, gifts and likes of /sim/truth', { timeout: 120_000 }, async () => {
  const sim = await startSim('--user', 'quizhost', '--seed', '11', '--rate', '300', '--count', '600', '--end');
  try {
    process.env.SIGN_API_URL = sim.origin;
    process.env.SIGN_API_KEY = 'any';
    const { TikTokLiveConnection } = await import('tiktok-live-connector');
    const host = `0.0.0.0:${sim.port}`;
    const client = new TikTokLiveConnection('quizhost', { webConfigOverrides: { TIKTOK_HOST_WEB: host, TIKTOK_HOST_WEBCAST: host } });
    const counts = { comment: 0, gift: 0, like: 0 };
    let taps = 0;
    client.on('chat', () => counts.comment++);
    client.on('gift', () => counts.gift++);
    client.on('like', (like) => (counts.like++, (taps += Number(like.count))));
    const ended = new Promise((resolve) => client.on('streamEnd', resolve));
    await client.connect();
    await ended;
    const truth = await sim.truth('quizhost');
    assert.deepEqual(counts, { comment: truth.sent.comment ?? 0, gift: truth.sent.gift ?? 0, like: truth.sent.like ?? 0 });
    assert.equal(taps, truth.likes.taps);
  } finally {
    await sim.stop();
  }
});
