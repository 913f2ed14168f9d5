// Messages as real rooms sent them in 2023.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countBy } from './programs.mjs';
import { recordedLines, skip, withRecordedEvents } from './recording.mjs';

// What the recording holds, by method; 1,300 lines, of which one message stands twice.
const typed = new Set(['WebcastChatMessage', 'WebcastGiftMessage', 'WebcastLikeMessage', 'WebcastMemberMessage', 'WebcastSocialMessage',
  'WebcastRoomUserSeqMessage', 'WebcastControlMessage', 'WebcastRoomMessage', 'RoomMessage', 'WebcastQuestionNewMessage',
  'WebcastEmoteChatMessage', 'WebcastEnvelopeMessage', 'WebcastLinkMicBattle', 'WebcastLinkMicArmies', 'WebcastRoomPinMessage',
  'WebcastLiveIntroMessage', 'WebcastCaptionMessage', 'WebcastGoalUpdateMessage', 'WebcastImDeleteMessage', 'WebcastBarrageMessage',
  'WebcastInRoomBannerMessage']);

test('every recorded message arrives, by its type or whole under its own name', { skip, timeout: 120_000 }, async () => {
  await withRecordedEvents(async ({ events: seen, truth, session }) => {
    assert.equal(truth.total, 1299);
    const counts = countBy(seen, (e) => e.type);
    assert.deepEqual(counts, truth.sent);
    assert.deepEqual(counts, { battle: 14, comment: 95, control: 9, emote: 7, envelope: 51, follow: 54, gift: 91, join: 99, like: 91,
      question: 7, room: 150, share: 37, unknown: 489, viewers: 105 });
    assert.deepEqual(countBy(seen.filter((e) => e.type === 'room'), (e) => e.kind), { banner: 7, barrage: 15, caption: 7, delete: 8,
      goal: 40, intro: 5, message: 55, pin: 11, unpin: 2 });

    const lines = recordedLines();
    assert.equal(lines.length, 1300);
    const others = lines.filter((line) => !typed.has(line.method));
    const raw = seen.filter((e) => e.type === 'unknown');
    const expected = countBy(others, (line) => line.method);
    const got = countBy(raw, (e) => e.raw_type);
    assert.deepEqual(Object.keys(got).sort(), Object.keys(expected).sort());
    const payloads = new Set(others.map((line) => line.payload_b64));
    for (const event of raw) assert.ok(payloads.has(event.raw_payload), `${event.raw_type} is not as recorded`);

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
      battle: (e) => e.battle_id !== '0' && e.sides.length >= 2 && e.sides.every((side) => side.user.id !== '0') &&
        (e.action !== 'finish' || e.sides.every((side) => side.result)),
    };
    for (const event of seen) if (filled[event.type]) assert.ok(filled[event.type](event), JSON.stringify(event));
    for (const notice of seen.filter((e) => e.type === 'room')) {
      if (notice.kind === 'goal') assert.ok(notice.target > 0, JSON.stringify(notice));
      if (['intro', 'banner', 'goal'].includes(notice.kind)) assert.ok(notice.text, JSON.stringify(notice));
      if (['pin', 'unpin'].includes(notice.kind)) assert.equal(notice.message_ids.length, 1);
      if (notice.kind === 'delete') assert.equal(notice.user_ids.length, 1);
    }
    assert.equal(seen.filter((e) => e.kind === 'caption' && e.text && e.language).length, 6, 'one was recorded empty');
    for (const gift of seen.filter((e) => e.type === 'gift')) assert.ok(gift.name && gift.count > 0 && gift.diamonds > 0);
  });
});
