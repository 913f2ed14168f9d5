// What the events of the recording say: value by value as a decoder that we did not write reads the same bytes, and field by
// field as captures.golden.json has it. The recording is not part of the project, so that file holds numbers and digests only;
// PAPI_WRITE_GOLDEN=1 writes it anew, to be looked at before it is committed.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deserializeMessage } from 'tiktok-live-connector';
import { recordedLines, skip, withRecordedEvents } from './recording.mjs';

const text = (value) => String(value ?? '');
const number = (value) => Number(value ?? 0);
const milliseconds = (value) => (number(value) > 1e12 ? number(value) : number(value) * 1000);

function sameUser(user, theirs, what) {
  assert.equal(user.id, text(theirs.id), `${what} id`);
  assert.equal(user.username, theirs.displayId, `${what} username`);
  assert.equal(user.nickname, theirs.nickname, `${what} nickname`);
  const pictures = [theirs.avatarThumb, theirs.avatarMedium, theirs.avatarLarge].flatMap((image) => image?.urlList ?? []);
  assert.equal(pictures.length > 0, user.avatar_url !== '', `${what} avatar`);
  if (user.avatar_url) assert.ok(pictures.includes(user.avatar_url), `${what} avatar`);
}

function sameRoles(user, identity, what) {
  if (!identity) return;
  if (identity.isModeratorOfAnchor) assert.ok(user.is_moderator, `${what} moderator`);
  if (identity.isSubscriberOfAnchor) assert.ok(user.is_subscriber, `${what} subscriber`);
  if (identity.isFollowerOfAnchor) assert.ok(user.is_follower, `${what} follower`);
}

const same = {
  comment(event, theirs) {
    assert.equal(event.comment, theirs.content);
    assert.equal(event.language, theirs.contentLanguage);
    assert.deepEqual(event.emotes.map((e) => e.id), (theirs.emotes ?? []).map((e) => text(e.emote?.emoteId)));
    sameUser(event.user, theirs.user, 'author');
    sameRoles(event.user, theirs.userIdentity, 'author');
  },
  gift(event, theirs) {
    assert.equal(event.gift_id, text(theirs.giftId));
    assert.equal(event.name, theirs.gift.name);
    assert.equal(event.diamonds_each, theirs.gift.diamondCount);
    const sent = Math.max(1, theirs.repeatCount) * Math.max(1, theirs.groupCount);
    // A streak's end never counts less than its progress did.
    event.streak_end ? assert.ok(event.count >= sent) : assert.equal(event.count, sent);
    assert.equal(event.diamonds, event.count * event.diamonds_each);
    if (theirs.gift.type !== 1) assert.equal(event.streak_end, true);
    if (theirs.gift.type === 1 && !theirs.repeatEnd) assert.equal(event.streak_end, false);
    sameUser(event.user, theirs.user, 'giver');
    sameRoles(event.user, theirs.userIdentity, 'giver');
    if (event.to_user) assert.equal(event.to_user.id, text(theirs.toUser.id));
  },
  like(event, theirs) {
    assert.equal(event.count, theirs.count);
    assert.equal(event.total, number(theirs.total));
    sameUser(event.user, theirs.user, 'liker');
  },
  join(event, theirs) {
    assert.equal(event.viewers, theirs.memberCount);
    assert.equal(event.source, theirs.clientEnterSource);
    sameUser(event.user, theirs.user, 'viewer');
  },
  follow(event, theirs) {
    assert.equal(event.followers, number(theirs.followCount));
    sameUser(event.user, theirs.user, 'follower');
  },
  share(event, theirs) {
    assert.equal(event.target, theirs.shareTarget);
    sameUser(event.user, theirs.user, 'sharer');
  },
  viewers(event, theirs) {
    assert.equal(event.count, number(theirs.total));
    assert.equal(event.total, number(theirs.totalUser));
    assert.deepEqual(event.top.map((t) => [t.user.id, t.user.nickname, t.score]),
      theirs.ranks.filter((r) => r.user).map((r) => [text(r.user.id), r.user.nickname, number(r.score)]));
  },
  question(event, theirs) {
    assert.equal(event.text, theirs.data.content);
    assert.equal(event.question_id, text(theirs.data.questionId));
    sameUser(event.user, theirs.data.user, 'asker');
  },
  emote(event, theirs) {
    assert.deepEqual(event.emotes.map((e) => e.id), theirs.emoteList.map((e) => text(e.emoteId)));
    sameUser(event.user, theirs.user, 'author');
  },
  envelope(event, theirs) {
    assert.equal(event.envelope_id, theirs.envelopeInfo.envelopeId);
    assert.equal(event.diamonds, theirs.envelopeInfo.diamondCount);
    assert.equal(event.people, theirs.envelopeInfo.peopleCount);
  },
  battle(event, theirs) {
    assert.equal(event.battle_id, text(theirs.battleId));
  },
  room(event, theirs) {
    const [progress, target] = [theirs.goal?.subGoals[0]?.progress, theirs.goal?.subGoals[0]?.target];
    const expected = {
      message: () => ({ text: theirs.content }),
      pin: () => ({ text: theirs.chatMessage?.content ?? '', message_ids: [text(theirs.pinMsgId)] }),
      unpin: () => ({ text: theirs.chatMessage?.content ?? '', message_ids: [text(theirs.pinMsgId)] }),
      goal: () => ({ text: theirs.goal.description, progress: number(progress), target: number(target) }),
      caption: () => ({ text: theirs.content[0]?.content ?? '', language: theirs.content[0]?.lang || undefined }),
      intro: () => ({ text: theirs.content, language: theirs.contentLanguage }),
      delete: () => ({ user_ids: theirs.deleteUserIds.map(text) }),
      barrage: () => ({ text: theirs.content.defaultPattern }),
      banner: () => ({}), // it does not read what the banner says
    }[event.kind]();
    for (const [field, value] of Object.entries(expected)) assert.deepEqual(event[field], value, `${event.kind} ${field}`);
  },
  control(event, theirs) {
    assert.equal(event.action, { 1: 'paused', 2: 'resumed', 3: 'ended', 4: 'ended' }[theirs.action]);
  },
};

/** Per type and field: of how many events, how many have it filled, and a digest of all values in order of their events' ids. */
function summary(events) {
  const types = {};
  const add = (table, path, value, id) => {
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) add(table, path ? `${path}.${key}` : key, inner, id);
      return;
    }
    const field = (table[path] ??= { filled: 0, values: [] });
    const empty = value === '' || value === 0 || value === false || value === '0' || (Array.isArray(value) && value.length === 0);
    if (!empty) field.filled++;
    field.values.push(`${id} ${JSON.stringify(value)}`);
  };
  for (const event of events) {
    // Times and rooms are compared above; where a message has none they are ours.
    const { offset, epoch, session_id, room_id, timestamp, timestamp_ms, historical, type, ...rest } = event;
    const name = type === 'room' ? `room ${event.kind}` : type;
    const own = (types[name] ??= { events: 0, table: {} });
    own.events++;
    add(own.table, '', rest, event.id);
  }
  return Object.fromEntries(Object.entries(types).sort().map(([type, { events: count, table }]) => [type, {
    events: count,
    fields: Object.fromEntries(Object.entries(table).sort().map(([path, { filled, values }]) =>
      [path, `${filled} ${createHash('sha256').update(values.sort().join('\n')).digest('hex').slice(0, 12)}`])),
  }]));
}

test('each recorded value is what a foreign decoder reads, and every field is as reviewed', { skip, timeout: 120_000 }, async () => {
  await withRecordedEvents(async ({ events }) => {
    const theirs = new Map();
    for (const { method, payload_b64 } of recordedLines()) {
      if (method === 'RoomMessage' || method === 'LinkMicMethod') continue; // it does not know the bare names
      const data = deserializeMessage(method, Buffer.from(payload_b64, 'base64'));
      if (data?.common) theirs.set(text(data.common.msgId), data);
    }
    let compared = 0;
    for (const event of events) {
      const data = theirs.get(event.id);
      if (!data || !same[event.type]) continue;
      same[event.type](event, data);
      if (number(data.common.roomId)) assert.equal(event.room_id, text(data.common.roomId));
      if (number(data.common.createTime) && event.type !== 'question' && event.kind !== 'caption') assert.equal(event.timestamp_ms, milliseconds(data.common.createTime));
      compared++;
    }
    assert.ok(compared > 750, `only ${compared} were compared`);

    const file = join(import.meta.dirname, 'captures.golden.json');
    const now = summary(events);
    if (process.env.PAPI_WRITE_GOLDEN) writeFileSync(file, JSON.stringify(now, null, 1) + '\n');
    assert.deepEqual(now, JSON.parse(readFileSync(file, 'utf8')));
  });
});
