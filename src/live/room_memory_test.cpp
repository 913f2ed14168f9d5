#include "live/room_memory.hpp"

#include <gtest/gtest.h>

namespace papi::live {
namespace {

constexpr events::RoomId one_room(7'300'000'000'000'000'001), another_room(7'300'000'000'000'000'002);

events::Event by(std::uint64_t user_id, events::EventBody body = events::Join()) {
  events::Event event;
  event.room_id = one_room;
  event.user.emplace();
  event.user->id = events::UserId(user_id);
  event.body = std::move(body);
  return event;
}
events::Event likes(std::int64_t total, events::RoomId room_id = one_room) {
  events::Event event = by(1, events::Like{15, total});
  event.room_id = room_id;
  return event;
}
std::int64_t total_of(RoomMemory& memory, events::Event event) {
  memory.complete(event);
  return std::get<events::Like>(event.body).total;
}
events::Event envelope(const std::string& id, const std::string& action) {
  events::Envelope envelope;
  envelope.envelope_id = id;
  envelope.action = action;
  return by(1, envelope);
}
void learn_moderator(RoomMemory& memory, std::uint64_t user_id, bool moderator = true) {
  events::Event event = by(user_id);
  event.user->is_moderator = moderator;
  memory.complete(event);
}
std::optional<bool> moderator(RoomMemory& memory, std::uint64_t user_id) {
  events::Event event = by(user_id);
  memory.complete(event);
  return event.user->is_moderator;
}
/// Returns a battle's score of a host. Without names, the message has only the host's id.
events::Event score(std::uint64_t host, const std::string& nickname = {}, const std::string& username = {}) {
  events::Battle battle;
  events::BattleSide side;
  side.user.emplace();
  side.user->id = events::UserId(host);
  side.user->nickname = nickname;
  side.user->username = username;
  battle.sides.push_back(side);
  events::Event event;
  event.room_id = one_room;
  event.body = battle;
  return event;
}
std::string name_of(RoomMemory& memory, std::uint64_t host) {
  events::Event event = score(host);
  memory.complete(event);
  return std::get<events::Battle>(event.body).sides[0].user->nickname;
}

}  // namespace

TEST(RoomMemory, a_role_that_a_message_does_not_carry_comes_from_an_earlier_one) {
  RoomMemory memory;
  events::Event comment = by(7, events::Comment());
  comment.user->is_host = false;
  comment.user->is_moderator = true;
  comment.user->is_subscriber = true;
  comment.user->is_follower = false;
  comment.user->is_friend = false;
  memory.complete(comment);
  events::Event gift = by(7, events::Gift());
  memory.complete(gift);
  EXPECT_EQ(gift.user->is_host, false);
  EXPECT_EQ(gift.user->is_moderator, true);
  EXPECT_EQ(gift.user->is_subscriber, true);
  EXPECT_EQ(gift.user->is_follower, false);
  EXPECT_EQ(gift.user->is_friend, false);
  EXPECT_FALSE(moderator(memory, 8).has_value()) << "somebody else: not known is absent";
}

TEST(RoomMemory, what_is_said_now_counts_more_than_what_was_said_before) {
  RoomMemory memory;
  learn_moderator(memory, 7);
  learn_moderator(memory, 7, false);
  EXPECT_EQ(moderator(memory, 7), false);
}

TEST(RoomMemory, roles_belong_to_a_room) {
  RoomMemory memory;
  learn_moderator(memory, 7);
  events::Event elsewhere = by(7);
  elsewhere.room_id = another_room;
  memory.complete(elsewhere);
  EXPECT_FALSE(elsewhere.user->is_moderator.has_value());
}

TEST(RoomMemory, mentioned_people_and_receivers_of_gifts_have_their_roles_too) {
  RoomMemory memory;
  learn_moderator(memory, 7);
  events::User seven;
  seven.id = events::UserId(7);
  events::Comment comment;
  comment.reply_to = seven;
  comment.mentions = {seven};
  events::Event said = by(8, comment);
  memory.complete(said);
  EXPECT_EQ(std::get<events::Comment>(said.body).reply_to->is_moderator, true);
  EXPECT_EQ(std::get<events::Comment>(said.body).mentions[0].is_moderator, true);
  events::Gift gift;
  gift.to_user = seven;
  events::Event given = by(8, gift);
  memory.complete(given);
  EXPECT_EQ(std::get<events::Gift>(given.body).to_user->is_moderator, true);
}

TEST(RoomMemory, twice_2500_people_are_remembered_and_one_more_forgets_the_older_half) {
  RoomMemory memory;
  for (std::uint64_t id = 1; id <= 5'000; ++id) learn_moderator(memory, id);
  const std::size_t full = memory.bytes();
  RoomMemory read_only = memory;  // a copy, because a look-up also refreshes the entry
  EXPECT_EQ(moderator(read_only, 1), true);
  learn_moderator(memory, 5'001);
  EXPECT_FALSE(moderator(memory, 2'500).has_value());
  EXPECT_EQ(moderator(memory, 2'501), true);
  EXPECT_EQ(moderator(memory, 5'001), true);
  for (std::uint64_t id = 6'000; id <= 26'000; ++id) learn_moderator(memory, id);
  EXPECT_LE(memory.bytes(), full) << "it does not grow beyond its bound";
  EXPECT_LE(full, 100'000u);
}

TEST(RoomMemory, a_quiet_room_takes_some_hundred_bytes) {
  RoomMemory memory;
  memory.begin_stream(one_room);
  EXPECT_LE(memory.bytes(), 500u);
  learn_moderator(memory, 7);
  EXPECT_LE(memory.bytes(), 700u);
}

TEST(RoomMemory, the_total_of_likes_never_falls_and_other_rooms_have_their_own) {
  RoomMemory memory;
  memory.begin_stream(one_room);
  EXPECT_EQ(total_of(memory, likes(1'000)), 1'000);
  EXPECT_EQ(total_of(memory, likes(1'010)), 1'010);
  EXPECT_EQ(total_of(memory, likes(990)), 1'010);
  EXPECT_EQ(total_of(memory, likes(0)), 1'010);
  EXPECT_EQ(total_of(memory, likes(5, another_room)), 5);
  EXPECT_EQ(total_of(memory, likes(2'001)), 2'001);
  EXPECT_EQ(memory.likes_total(), 2'001);
}

TEST(RoomMemory, likes_of_8_rooms_are_told_apart_and_the_room_heard_first_gives_way_to_the_9th) {
  RoomMemory memory;
  for (std::uint64_t id = 1; id <= 8; ++id) total_of(memory, likes(100, events::RoomId(id)));
  RoomMemory read_only = memory;
  EXPECT_EQ(total_of(read_only, likes(1, events::RoomId(1))), 100);
  total_of(memory, likes(100, events::RoomId(9)));
  EXPECT_EQ(total_of(memory, likes(1, events::RoomId(2))), 100);
  EXPECT_EQ(total_of(memory, likes(1, events::RoomId(1))), 1);
}

TEST(RoomMemory, likes_that_could_not_be_kept_come_again_with_their_own_totals) {
  RoomMemory memory;
  total_of(memory, likes(1'000));
  memory.commit();
  total_of(memory, likes(1'010));
  total_of(memory, likes(1'020));
  memory.rollback();
  EXPECT_EQ(total_of(memory, likes(1'010)), 1'010);
  EXPECT_EQ(total_of(memory, likes(1)), 1'010);
}

TEST(RoomMemory, the_likes_of_an_earlier_run_are_restored) {
  RoomMemory memory;
  memory.begin_stream(one_room);
  memory.restore_likes(700);
  EXPECT_EQ(memory.likes_total(), 700);
  memory.rollback();
  EXPECT_EQ(total_of(memory, likes(600)), 700);
}

TEST(RoomMemory, an_envelope_is_shown_once_and_goes_once) {
  RoomMemory memory;
  EXPECT_FALSE(memory.is_repeat(envelope("a", "shown")));
  EXPECT_TRUE(memory.is_repeat(envelope("a", "shown")));
  EXPECT_FALSE(memory.is_repeat(envelope("b", "shown")));
  EXPECT_FALSE(memory.is_repeat(envelope("a", "gone")));
  EXPECT_TRUE(memory.is_repeat(envelope("a", "gone")));
  EXPECT_TRUE(memory.is_repeat(envelope("a", "shown"))) << "it does not come back";
  EXPECT_FALSE(memory.is_repeat(envelope("x", "gone")));
  EXPECT_FALSE(memory.is_repeat(envelope("x", "gone"))) << "what was never shown is not remembered";
  EXPECT_FALSE(memory.is_repeat(envelope("", "shown"))) << "one without an id is like no other";
  EXPECT_FALSE(memory.is_repeat(envelope("", "shown")));
  EXPECT_FALSE(memory.is_repeat(by(1)));
}

TEST(RoomMemory, an_envelope_that_could_not_be_kept_is_told_when_it_comes_again) {
  RoomMemory memory;
  memory.is_repeat(envelope("a", "shown"));
  memory.commit();
  memory.is_repeat(envelope("b", "shown"));
  memory.rollback();
  EXPECT_FALSE(memory.is_repeat(envelope("b", "shown")));
  EXPECT_TRUE(memory.is_repeat(envelope("a", "shown")));
}

TEST(RoomMemory, remembers_500_envelopes_and_forgets_the_oldest) {
  RoomMemory memory;
  for (int i = 0; i < 500; ++i) memory.is_repeat(envelope(std::to_string(i), "shown"));
  memory.commit();
  EXPECT_TRUE(memory.is_repeat(envelope("0", "shown")));
  memory.is_repeat(envelope("500", "shown"));
  memory.commit();
  EXPECT_FALSE(memory.is_repeat(envelope("0", "shown")));
  EXPECT_TRUE(memory.is_repeat(envelope("1", "shown")));
}

TEST(RoomMemory, a_restored_envelope_is_not_told_again) {
  RoomMemory memory;
  const auto shown = envelope("a", "shown");
  memory.restore_envelope(std::get<events::Envelope>(shown.body));
  EXPECT_TRUE(memory.is_repeat(shown));
}

TEST(RoomMemory, hosts_keep_their_names_in_scores_and_guests_theirs) {
  RoomMemory memory;
  EXPECT_EQ(name_of(memory, 501), "");
  events::Event open = score(501, "Host One", "host.one");
  memory.complete(open);
  EXPECT_EQ(name_of(memory, 501), "Host One");
  events::Battle teams;
  events::Scored member;
  member.user.id = events::UserId(501);
  teams.sides.resize(1);
  teams.sides[0].members = {member};
  events::Event team = by(0, teams);
  memory.complete(team);
  EXPECT_EQ(std::get<events::Battle>(team.body).sides[0].members[0].user.username, "host.one");

  events::Guest list;
  events::StageGuest one;
  one.user.id = events::UserId(9);
  one.user.nickname = "Guest";
  one.user.username = "guest";
  list.guests = {one};
  events::Event listed = by(0, list), scored = by(9, events::Guest());
  memory.complete(listed);
  memory.complete(scored);
  EXPECT_EQ(scored.user->nickname, "Guest");
  EXPECT_EQ(scored.user->username, "guest");
}

TEST(RoomMemory, remembers_100_names_and_forgets_the_oldest) {
  RoomMemory memory;
  for (std::uint64_t id = 1; id <= 100; ++id) {
    events::Event open = score(id, "n" + std::to_string(id));
    memory.complete(open);
  }
  EXPECT_EQ(name_of(memory, 1), "n1");
  events::Event one_more = score(101, "n101");
  memory.complete(one_more);
  EXPECT_EQ(name_of(memory, 1), "");
  EXPECT_EQ(name_of(memory, 2), "n2");
}

TEST(RoomMemory, a_name_of_2000_bytes_is_remembered_and_a_longer_one_is_not) {
  RoomMemory memory;
  events::Event fits = score(1, std::string(2'000, 'x')), too_long = score(2, std::string(2'001, 'x'));
  memory.complete(fits);
  memory.complete(too_long);
  EXPECT_EQ(name_of(memory, 1).size(), 2'000u);
  EXPECT_EQ(name_of(memory, 2), "");
}

TEST(RoomMemory, a_person_who_is_forgotten_is_not_named_again) {
  RoomMemory memory;
  events::Event one = score(501, "Host One", "Host.One"), two = score(502, "Host Two", "host.two");
  memory.complete(one);
  memory.complete(two);
  memory.erase_person("host.one");
  EXPECT_EQ(name_of(memory, 501), "");
  EXPECT_EQ(name_of(memory, 502), "Host Two");
}

TEST(RoomMemory, another_stream_begins_with_nothing_and_the_same_one_goes_on) {
  RoomMemory memory;
  memory.begin_stream(one_room);
  learn_moderator(memory, 7);
  total_of(memory, likes(10));
  memory.begin_stream(one_room);
  EXPECT_EQ(moderator(memory, 7), true);
  memory.begin_stream(another_room);
  EXPECT_FALSE(moderator(memory, 7).has_value());
  EXPECT_EQ(memory.likes_total(), 0);
  memory.rollback();
  EXPECT_EQ(memory.likes_total(), 0);
}

}  // namespace papi::live
