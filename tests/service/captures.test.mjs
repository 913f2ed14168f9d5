// Messages as real rooms sent them in 2023.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countBy } from './programs.mjs';
import { recordedLines, skip, withRecordedEvents } from './recording.mjs';

// The kinds that stay raw: MsgDetect is the platform's probe of its own latency, the other is an advertisement's state.
const raw = { WebcastMsgDetectMessage: 7, WebcastPartnershipDropsUpdateMessage: 4 };

test('every recorded message arrives, by its type or whole under its own name', { skip, timeout: 120_000 }, async () => {
  await withRecordedEvents(async ({ events: seen, truth, session }) => {
    assert.equal(truth.total, 1299);
    const counts = countBy(seen, (e) => e.type);
    assert.deepEqual(counts, truth.sent);
    assert.deepEqual(counts, { battle: 21, comment: 95, control: 9, emote: 7, envelope: 51, follow: 54, gift: 91, guest: 290, join: 121,
      like: 91, question: 7, rank: 106, room: 202, share: 37, subscribe: 1, unknown: 11, viewers: 105 });
    assert.deepEqual(countBy(seen.filter((e) => e.type === 'room'), (e) => e.kind), { access_recall: 8, announcement: 1, banner: 7,
      battle_card: 7, battle_task: 7, capsule: 7, caption: 7, delete: 8, gift_broadcast: 2, goal: 40, intro: 5, measure: 7, message: 55,
      notify: 7, pin: 11, subscription_pin: 7, unpin: 2, verify: 7, warning: 7 });

    const lines = recordedLines();
    assert.equal(lines.length, 1300);
    const others = lines.filter((line) => raw[line.method]);
    const unknown = seen.filter((e) => e.type === 'unknown');
    assert.deepEqual(countBy(unknown, (e) => e.raw_type), raw);
    const payloads = new Set(others.map((line) => line.payload_b64));
    for (const event of unknown) assert.ok(payloads.has(event.raw_payload), `${event.raw_type} is not as recorded`);
    for (const [method, times] of Object.entries(countBy(lines, (line) => line.method)))
      assert.ok(times < 5 || !raw[method] || method === 'WebcastMsgDetectMessage', `${method} comes ${times} times and has no type`);

    assert.equal(session.counters.undecodable, 0);
    for (const comment of seen.filter((e) => e.type === 'comment')) {
      assert.ok(comment.comment !== '' || comment.emotes.length > 0);
      assert.match(comment.user.id, /^\d+$/);
      assert.match(comment.user.avatar_url, /^https:/);
    }
    const filled = {
      question: (e) => e.text && e.question_id !== '0' && e.user.id !== '0' && e.user.username,
      emote: (e) => e.emotes.length > 0 && e.emotes.every((emote) => emote.id && /^https:/.test(emote.image_url)) && e.user.username,
      envelope: (e) => e.envelope_id && (e.action === 'gone' || (e.diamonds > 0 && e.people > 0 && e.user.nickname && e.opens_at)),
      battle: (e) => e.battle_id !== '0' && (e.action === 'punish_finish' || (e.sides.length >= 2 &&
        e.sides.every((side) => (side.user ?? side.members[0].user).id !== '0' && (e.action === 'open' || side.score !== undefined)) &&
        (e.action !== 'finish' || e.sides.every((side) => side.result)))),
      guest: (e) => e.action && (e.action !== 'score' || (e.total > 0 && (e.user?.id !== '0' || e.guests.length > 1))),
      rank: (e) => e.list && e.text && (e.list !== 'viewers' || (e.user.username && e.rank > 0)),
    };
    for (const event of seen) if (filled[event.type]) assert.ok(filled[event.type](event), JSON.stringify(event));
    for (const notice of seen.filter((e) => e.type === 'room')) {
      if (notice.kind === 'goal') assert.ok(notice.target > 0, JSON.stringify(notice));
      if (['intro', 'banner', 'goal', 'message', 'notify', 'capsule', 'warning', 'battle_card', 'announcement', 'gift_broadcast']
        .includes(notice.kind)) assert.ok(notice.text.trim(), JSON.stringify(notice));
      if (['pin', 'unpin'].includes(notice.kind)) assert.equal(notice.message_ids.length, 1);
      if (notice.kind === 'delete') assert.equal(notice.user_ids.length, 1);
    }
    assert.equal(seen.filter((e) => e.kind === 'caption' && e.text && e.language).length, 6, 'one was recorded empty');
    for (const gift of seen.filter((e) => e.type === 'gift')) assert.ok(gift.name && gift.count > 0 && gift.diamonds > 0);
  });
});
