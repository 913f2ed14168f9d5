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
  assert.equal(user.is_host, identity.isAnchor, `${what} host`);
  assert.equal(user.is_friend, identity.isMutualFollowingWithAnchor, `${what} friend`);
}

/** A text of the platform as its clients show it: each slot holds its piece, or nothing. */
function rendered(display) {
  const piece = (index) => {
    const value = display.pieces?.[index];
    const user = value?.userValue?.user;
    if (user) return user.nickname || user.displayId;
    return value?.stringValue || value?.giftValue?.nameRef?.defaultPattern || value?.patternRefValue?.defaultPattern || '';
  };
  return display.defaultPattern.replace(/\{(\d*)(:\w*)?\}/g, (_, index) => piece(index));
}

/** Where a person may stand in a message, in the order in which they count. */
function personOf(theirs) {
  const texts = [theirs.content, theirs.commonBarrageContent, theirs.common?.displayText, theirs.otherGetBadgeMsg, theirs.desc,
    theirs.notify?.common?.displayText, theirs.useCriticalStrikeCard?.displayContent, theirs.awardCardNotice?.displayContent];
  return [theirs.user, theirs.userGradeParam?.user, theirs.fansLevelParam?.user,
    ...texts.flatMap((display) => display?.pieces ?? []).map((one) => one.userValue?.user)].find((user) => user && user.id !== '0');
}

/** What somebody else's decoder finds in a text, and that the person is told where there is one. */
function sameAnnouncement(event, theirs, display) {
  assert.equal(event.text, rendered(display), 'text');
  assert.equal(event.key, display.key, 'key');
  const person = personOf(theirs);
  if (person) sameUser(event.user, person, 'person');
  else assert.equal(event.user, undefined);
}

const same = {
  comment(event, theirs) {
    assert.equal(event.comment, theirs.content);
    assert.equal(event.language, theirs.contentLanguage);
    assert.deepEqual(event.emotes.map((e) => e.id), (theirs.emotes ?? []).map((e) => text(e.emote?.emoteId)));
    sameUser(event.user, theirs.user, 'author');
    sameRoles(event.user, theirs.userIdentity, 'author');
    assert.equal(event.reply_to?.id, theirs.atUser && theirs.atUser.id !== '0' ? text(theirs.atUser.id) : undefined);
    assert.deepEqual((event.mentions ?? []).map((user) => user.id), (theirs.mentionUsers ?? []).map((user) => text(user.id)));
  },
  gift(event, theirs) {
    assert.equal(event.gift_id, text(theirs.giftId));
    assert.equal(event.name, theirs.gift.name);
    assert.ok([...theirs.gift.image.urlList, ...(theirs.gift.icon?.urlList ?? [])].includes(event.image_url), 'picture of the gift');
    assert.equal(event.diamonds_each, theirs.gift.diamondCount);
    const sent = Math.max(1, theirs.repeatCount) * Math.max(1, theirs.groupCount);
    // A streak's end never counts less than its progress did.
    event.streak_end ? assert.ok(event.count >= sent) : assert.equal(event.count, sent);
    assert.equal(event.diamonds, event.count * event.diamonds_each);
    if (theirs.gift.type !== 1) assert.equal(event.streak_end, true);
    if (theirs.gift.type === 1 && !theirs.repeatEnd) assert.equal(event.streak_end, false);
    sameUser(event.user, theirs.user, 'giver');
    sameRoles(event.user, theirs.userIdentity, 'giver');
    const receiver = [theirs.toUser?.id, theirs.toMemberIdInt, theirs.toMemberId].map(text).find((id) => id !== '' && id !== '0');
    assert.equal(event.to_user?.id, receiver);
  },
  like(event, theirs) {
    assert.equal(event.count, theirs.count);
    assert.ok(event.total >= number(theirs.total), 'the total never falls');
    sameUser(event.user, theirs.user, 'liker');
  },
  join(event, theirs) {
    if (event.source === 'anonymous') {
      assert.equal(event.user, undefined);
      assert.equal(event.text, theirs.enterText.defaultPattern.replace('{0:user}', theirs.nickNamePrefix.defaultPattern.replace('%s', theirs.nickName)));
      return;
    }
    if (theirs.content) {
      assert.equal(event.source, { 9: 'grade', 11: 'fans_level' }[theirs.msgType]);
      assert.equal(event.msg_type, theirs.msgType);
      sameAnnouncement(event, theirs, theirs.content);
      return;
    }
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
    assert.equal(event.kind_number, theirs.envelopeInfo.businessType || undefined);
  },
  battle(event, theirs) {
    assert.equal(event.battle_id, text(theirs.battleId));
    const sides = new Map(event.sides.filter((side) => side.user).map((side) => [side.user.id, side]));
    for (const { key, value } of theirs.anchorsInfo ?? []) assert.equal(sides.get(text(key)).user.nickname, value.user.nickName);
    const teams = [...(theirs.teamArmies ?? [])].sort((a, b) => number(a.teamId) - number(b.teamId));
    for (const [index, team] of teams.entries()) {
      assert.equal(event.sides[index].score, number(team.teamTotalScore));
      assert.deepEqual(event.sides[index].members.map((one) => [one.user.id, one.score]), team.teamUser.map((one) => [text(one.userId), number(one.score)]));
    }
    const contributors = (army) => army.userArmies.map((one) => [text(one.userId), number(one.score)]);
    for (const [host, army] of Object.entries(theirs.action || theirs.teamArmies?.length ? {} : theirs.armies ?? {})) {
      assert.equal(sides.get(host).score, number(army.hostscore));
      assert.deepEqual((sides.get(host).contributors ?? []).map((one) => [one.user.id, one.score]), contributors(army));
    }
    for (const [host, result] of Object.entries(event.action === 'finish' ? theirs.battleResult : {}))
      assert.equal(sides.get(host).result, ['win', 'lose', 'draw'][result.result]);
  },
  subscribe(event, theirs) {
    assert.equal(event.kind, 'subscription');
    sameAnnouncement(event, theirs, theirs.content);
  },
  guest(event, theirs) {
    const tickets = theirs.fanTicketRoomNotice;
    if (theirs.messageType) assert.equal(event.raw_action, theirs.messageType);
    if (event.action === 'score') assert.equal(event.total, number(tickets?.totalLinkmicFanTicket ?? theirs.totalLinkmicFanTicket));
    if (tickets) assert.deepEqual(event.guests.map((one) => [one.user.id, one.score]), tickets.userFanTicket.map((one) => [text(one.userId), number(one.fanTicket)]));
    const list = theirs.listChangeContent?.linkedUsers ?? theirs.listChangeContent?.list?.linkedList;
    if (list) assert.deepEqual(event.guests.map((one) => one.user.id), list.map((one) => text(one.user.id ?? one.user.userId)));
    const person = theirs.leaveContent?.leaver?.userId ?? theirs.leaveContent?.userId ?? (theirs.fanTicket ? theirs.userId : undefined);
    if (person && person !== '0') assert.equal(event.user.id, text(person));
  },
  rank(event, theirs) {
    if (theirs.updates) {
      const update = theirs.updates.find((one) => number(one.ownRank) > 0) ?? theirs.updates[0];
      assert.equal(event.text, rendered(update.defaultContent));
      assert.equal(event.rank, number(update.ownRank) || undefined);
      assert.equal((event.others ?? []).length, theirs.updates.length - 1);
    } else if (theirs.winners) {
      assert.equal(event.user.id, text(theirs.winners[0].userId));
      assert.equal(event.text, rendered(theirs.winners[0].notify.common.displayText));
    } else {
      assert.equal(event.rank, number(theirs.ownerIdxAfterUpdate));
      sameAnnouncement(event, theirs, theirs.common.displayText);
    }
  },
  room(event, theirs) {
    const [progress, target] = [theirs.goal?.subGoals[0]?.progress, theirs.goal?.subGoals[0]?.target];
    const expected = {
      message: () => (theirs.content.trim() ? { text: theirs.content } : (sameAnnouncement(event, theirs, theirs.common.displayText), {})),
      notify: () => (sameAnnouncement(event, theirs, theirs.common.displayText), {}),
      gift_broadcast: () => (sameAnnouncement(event, theirs, theirs.notify.common.displayText), {}),
      warning: () => (sameAnnouncement(event, theirs, theirs.common.displayText), {}),
      capsule: () => (sameAnnouncement(event, theirs, theirs.desc), {}),
      announcement: () => (sameAnnouncement(event, theirs, theirs.messageEntity[0].notify.common.displayText), {}),
      battle_card: () => ({ battle_id: text(theirs.battleId),
        text: rendered((theirs.useCriticalStrikeCard ?? theirs.useSmokeCard ?? theirs.awardCardNotice).displayContent) }),
      battle_task: () => ({ action: ['start', 'progress', 'settle', 'reward'][theirs.taskMessageType],
        progress: theirs.taskUpdate ? number(theirs.taskUpdate.progress) : undefined }),
      subscription_pin: () => ({ text: theirs.card.goalPinCard.desc.content, progress: number(theirs.card.goalPinCard.progress),
        target: number(theirs.card.goalPinCard.target) }),
      access_recall: () => ({ reason: theirs.scene }),
      measure: () => ({ reason: theirs.punishInfo.punishReason || theirs.punishInfo.punishType }),
      verify: () => ({ action: `action_${theirs.action}` }),
      pin: () => ({ message_ids: [text(theirs.pinMsgId)], ...(theirs.chatMessage?.content && { text: theirs.chatMessage.content }) }),
      unpin: () => ({ message_ids: [text(theirs.pinMsgId)] }),
      goal: () => ({ text: theirs.goal.description, progress: number(progress), target: number(target) }),
      caption: () => ({ text: theirs.content[0]?.content ?? '', language: theirs.content[0]?.lang || undefined }),
      intro: () => ({ text: theirs.content, language: theirs.contentLanguage }),
      delete: () => ({ user_ids: theirs.deleteUserIds.map(text) }),
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

/** Our own pictures have addresses that each installation makes for itself. */
const withoutPictures = (value) => {
  if (Array.isArray(value)) return value.map(withoutPictures);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'picture').map(([name, inner]) => [name, withoutPictures(inner)]));
};

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
    assert.ok(compared > 1250, `only ${compared} were compared`);
    for (const event of events) assert.doesNotMatch(event.text ?? '', /\{\d*:?\w*\}/, `${event.type} shows a pattern`);

    const file = join(import.meta.dirname, 'captures.golden.json');
    const now = summary(events.map(withoutPictures));
    if (process.env.PAPI_WRITE_GOLDEN) writeFileSync(file, JSON.stringify(now, null, 1) + '\n');
    assert.deepEqual(now, JSON.parse(readFileSync(file, 'utf8')));
  });
});
