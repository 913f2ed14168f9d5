// Messages as real rooms sent them in 2023. The recording is not part of the project: PAPI_CAPTURES names the file, or it
// lies in ../shared/captures beside the project.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { countBy, followFromTheStart, startApi, startSim } from './programs.mjs';

const recording = process.env.PAPI_CAPTURES ?? join(import.meta.dirname, '../../../shared/captures/recorded.ndjson');
const skip = existsSync(recording) ? false : 'no recording here: set PAPI_CAPTURES';

// What the recording holds, by method; 1,300 lines, of which one message stands twice.
const typed = {
  WebcastChatMessage: 'comment', WebcastGiftMessage: 'gift', WebcastLikeMessage: 'like', WebcastMemberMessage: 'join',
  WebcastRoomUserSeqMessage: 'viewers', WebcastControlMessage: 'control', WebcastRoomMessage: 'room', RoomMessage: 'room',
};

test('every recorded message arrives, by its type or whole under its own name', { skip, timeout: 120_000 }, async () => {
  const sim = await startSim('--user', 'recorded', '--replay', recording, '--rate', '2000');
  const api = await startApi(sim, { LIVE_CHECK_INTERVAL: '1' });
  try {
    const [listener] = await followFromTheStart(api, sim, 'replay', 'recorded');
    const recorded = (m) => m.slice(1).filter((e) => !e.inferred);
    await listener.until((m) => recorded(m).length >= 1299);
    // The recording holds pieces of many rooms, some of which end: streaks that are open then are closed by us.
    const seen = recorded(listener.messages);
    const truth = await sim.truth('recorded');
    assert.equal(truth.total, 1299);
    const counts = countBy(seen, (e) => e.type);
    assert.deepEqual(counts, truth.sent);
    assert.deepEqual(counts, { comment: 95, control: 9, follow: counts.follow, gift: 91, join: 99, like: 91, room: counts.room,
      share: counts.share, unknown: counts.unknown, viewers: 105 });
    assert.equal(counts.follow + counts.share, 91);

    const lines = readFileSync(recording, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    assert.equal(lines.length, 1300);
    const others = lines.filter((line) => !typed[line.method] && line.method !== 'WebcastSocialMessage');
    const raw = seen.filter((e) => e.type === 'unknown');
    const expected = countBy(others, (line) => line.method);
    const got = countBy(raw, (e) => e.raw_type);
    assert.deepEqual(Object.keys(got).sort(), Object.keys(expected).sort());
    const payloads = new Set(others.map((line) => line.payload_b64));
    for (const event of raw) assert.ok(payloads.has(event.raw_payload), `${event.raw_type} is not as recorded`);

    const { counters } = (await api.call('/sessions/replay')).json;
    assert.equal(counters.undecodable, 0);
    for (const comment of seen.filter((e) => e.type === 'comment')) {
      assert.ok(comment.comment !== '' || comment.emotes.length > 0);
      assert.match(comment.user.id, /^\d+$/);
      assert.match(comment.user.avatar_url, /^https:/);
    }
    for (const gift of seen.filter((e) => e.type === 'gift')) assert.ok(gift.name && gift.count > 0 && gift.diamonds > 0);
  } finally {
    await api.stop();
    await sim.stop();
  }
});
