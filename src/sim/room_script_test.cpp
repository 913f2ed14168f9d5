#include "sim/room_script.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "sim/truth.hpp"

namespace papi::sim {
namespace {

constexpr UnixMs start = 1'790'000'000'000;
constexpr std::int64_t room_id = 7'600'000'000'000'000'001;

/// Plays a whole stream at 20 messages per second of script time.
std::vector<RoomMessage> play(std::uint64_t seed, std::int64_t count) {
  const Cast cast(seed, "quizhost");
  ScriptOptions options;
  options.seed = seed;
  options.count = count;
  RoomScript script(options, cast);
  script.enter_room(room_id);
  std::vector<RoomMessage> all = script.backlog(start);
  for (UnixMs now = start; !script.done() && now < start + 3'600'000; now += 100) {
    for (RoomMessage& message : script.next(2, now)) all.push_back(std::move(message));
  }
  EXPECT_TRUE(script.done());
  return all;
}

webcast::GiftMessage gift_of(const RoomMessage& message) {
  webcast::GiftMessage gift;
  EXPECT_TRUE(gift.ParseFromString(message.payload));
  return gift;
}

TEST(RoomScript, makes_the_same_messages_from_the_same_seed) {
  const auto one = play(7, 500);
  const auto two = play(7, 500);
  ASSERT_EQ(one.size(), two.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].method, two[i].method);
    EXPECT_EQ(one[i].msg_id, two[i].msg_id);
    EXPECT_EQ(one[i].payload, two[i].payload);
  }
}

TEST(RoomScript, makes_other_messages_from_another_seed) {
  const auto one = play(7, 50);
  const auto two = play(8, 50);
  ASSERT_EQ(one.size(), two.size());
  EXPECT_NE(one.back().payload, two.back().payload);
}

TEST(RoomScript, says_exactly_count_messages_after_its_backlog) {
  for (const std::int64_t count : {0, 1, 2, 17, 400}) {
    const auto all = play(3, count);
    EXPECT_EQ(all.size(), static_cast<std::size_t>(count) + 6);
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].is_history, i < 6);
  }
}

TEST(RoomScript, gives_every_message_its_own_id_and_its_room) {
  std::set<std::int64_t> ids;
  for (const RoomMessage& message : play(5, 1'000)) {
    EXPECT_TRUE(ids.insert(message.msg_id).second);
    webcast::RankUpdateMessage any;  // the common part is field 1 in every message
    any.ParsePartialFromString(message.payload);
    EXPECT_EQ(any.common().msg_id(), message.msg_id);
    EXPECT_EQ(any.common().room_id(), room_id);
    EXPECT_GT(any.common().create_time(), start - 60'000);
  }
}

TEST(RoomScript, ends_each_streak_once_with_its_last_count) {
  struct Seen {
    std::int64_t count = 0;
    UnixMs last = 0;
    int ends = 0;
  };
  std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t>, Seen> streaks;
  for (const RoomMessage& message : play(11, 3'000)) {
    if (message.method != "WebcastGiftMessage") continue;
    const auto gift = gift_of(message);
    if (gift.gift().type() != 1) {
      EXPECT_EQ(gift.group_id(), 0);
      EXPECT_EQ(gift.repeat_end(), 0);
      continue;
    }
    Seen& seen = streaks[{gift.user().id(), gift.gift_id(), gift.group_id()}];
    EXPECT_EQ(seen.ends, 0) << "a message after the end";
    if (gift.repeat_end() == 1) {
      ++seen.ends;
      EXPECT_EQ(gift.repeat_count(), seen.count);
      EXPECT_EQ(gift.send_type(), 0);
      EXPECT_GE(gift.common().create_time() - seen.last, 1'000);
      EXPECT_LE(gift.common().create_time() - seen.last, 60'000);
    } else {
      EXPECT_GT(gift.repeat_count(), seen.count);
      seen.count = gift.repeat_count();
      seen.last = gift.common().create_time();
    }
  }
  EXPECT_GT(streaks.size(), 10U);
  for (const auto& [key, seen] : streaks) EXPECT_EQ(seen.ends, 1);
}

TEST(RoomScript, forgets_open_streaks_in_a_new_room) {
  const Cast cast(1, "quizhost");
  ScriptOptions options;
  options.seed = 1;
  RoomScript script(options, cast);
  script.enter_room(room_id);
  (void)script.next(2'000, start);  // all at the same time, so no streak can have ended
  script.enter_room(room_id + 1);
  for (const RoomMessage& message : script.next(2'000, start + 60'000)) EXPECT_FALSE(message.ends_streak);
}

TEST(Truth, counts_a_message_once_however_often_it_is_said) {
  Truth truth;
  const auto all = play(7, 400);
  for (const RoomMessage& message : all) EXPECT_TRUE(truth.add(message));
  for (const RoomMessage& message : all) EXPECT_FALSE(truth.add(message));
  EXPECT_EQ(truth.total(), 406);
}

TEST(Truth, counts_each_streak_once_with_its_highest_number) {
  const Cast cast(1, "quizhost");
  MessageForge forge(1, 0);
  const CatalogueGift& rose = gift_catalogue()[0];
  GiftSending sending;
  sending.sender = &cast.viewers()[0];
  sending.gift = &rose;
  sending.group_id = start;
  Truth truth;
  for (const std::int64_t count : {1, 3, 4, 2}) {  // the last one came late
    sending.count = count;
    truth.add(forge.gift(sending, start));
  }
  EXPECT_EQ(truth.sent("gift"), 4);
  EXPECT_EQ(truth.streaks(), 1);
  EXPECT_EQ(truth.gift_count(), 4);
  EXPECT_EQ(truth.diamonds(), 4 * rose.diamonds);
}

TEST(Truth, leaves_out_what_no_client_can_decode) {
  const Cast cast(1, "quizhost");
  MessageForge forge(1, 0);
  Truth truth;
  EXPECT_FALSE(truth.add(forge.truncated_chat(cast.viewers()[0], start)));
  EXPECT_TRUE(truth.add(forge.wrong_wire_type_chat(cast.viewers()[0], start)));
  EXPECT_TRUE(truth.add(forge.invalid_utf8_chat(cast.viewers()[0], start)));
  EXPECT_EQ(truth.sent("comment"), 2);
}

TEST(Truth, counts_an_acknowledged_message_once) {
  Truth truth;
  const auto all = play(2, 10);
  for (int i = 0; i < 2; ++i) {
    for (const RoomMessage& message : all) truth.acknowledge(message);
  }
  EXPECT_EQ(truth.acked(), static_cast<std::int64_t>(all.size()));
}

}  // namespace
}  // namespace papi::sim
