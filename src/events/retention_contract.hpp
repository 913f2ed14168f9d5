#pragma once

// What a caller of EventStore::trim() may rely on: which events it deletes, and what stays known of them.

#include "events/store_contract.hpp"

namespace papi::events {

template <class Stores>
struct RetentionContract : StoreContract<Stores> {};
TYPED_TEST_SUITE_P(RetentionContract);

using testing_log::event_of;
using testing_log::event_time;
using testing_log::numbered;
using testing_log::numbered_comments;

TYPED_TEST_P(RetentionContract, each_limit_is_kept_to_the_event) {
  constexpr UnixMs now = 1'700'000'000'000;
  const auto key = this->new_session("one"), other = this->new_session("other");
  std::vector<EventPtr> events;
  std::vector<std::int64_t> bytes_from(102, 0);  // of the events from that offset on
  for (std::uint64_t n = 1; n <= 100; ++n) {     // the event of offset n is 101 - n seconds old
    const UnixMs time = now - 1'000 * (101 - static_cast<UnixMs>(n));
    events.push_back(numbered(n, event_of(n, Comment{"hellö", "en", {}, {}, {}}, time)));
  }
  for (std::size_t n = 100; n >= 1; --n)
    bytes_from[n] = bytes_from[n + 1] + static_cast<std::int64_t>(events[n - 1]->json().size());
  ASSERT_TRUE(this->append_events(key, events));
  ASSERT_TRUE(this->append_events(other, numbered_comments(1, 3)));
  struct Row {
    const char* what;
    std::int64_t count;
    std::chrono::milliseconds age;
    std::int64_t bytes;
    std::uint64_t oldest;
  };
  const Row rows[] = {
      {"0 is no limit", 0, {}, 0, 1},
      {"all of them are just within the limits", 100, std::chrono::milliseconds(100'000), bytes_from[1], 1},
      {"number", 99, {}, 0, 2},
      {"exactly as old as the limit", 0, std::chrono::milliseconds(99'000), 0, 2},
      {"older than the limit", 0, std::chrono::milliseconds(98'999), 0, 3},
      {"exactly as many bytes as the limit", 0, {}, bytes_from[3], 3},
      {"one byte more than the limit", 0, {}, bytes_from[3] - 1, 4},
      {"the narrowest limit", 90, std::chrono::milliseconds(95'000), 0, 11},
      {"no event is younger than 0 ms", 0, std::chrono::milliseconds(1), 0, 101},
  };
  for (const Row& row : rows) {
    EXPECT_FALSE(this->trim(key, row.count, row.age, row.bytes, now)) << row.what;
    EXPECT_EQ(this->stored_offsets(key), range(row.oldest, 100)) << row.what;
  }
  EXPECT_EQ(this->stored_offsets(other), range(1, 3)) << "another session";
  std::int64_t bytes = 0;
  for (const EventPtr& event : numbered_comments(1, 3))
    bytes += static_cast<std::int64_t>(event->json().size());
  EXPECT_FALSE(this->trim(other, 0, {}, bytes, now));
  EXPECT_EQ(this->stored_offsets(other), range(1, 3)) << "its bytes are counted apart";
  EXPECT_FALSE(this->trim(other, 0, {}, bytes - 1, now));
  EXPECT_EQ(this->stored_offsets(other), range(2, 3));
  EXPECT_TRUE(this->append_events(key, numbered_comments(101, 1))) << "offsets go on";
}

TYPED_TEST_P(RetentionContract, a_step_deletes_500_and_says_that_there_may_be_more) {
  const auto key = this->new_session("one");
  ASSERT_TRUE(this->append_events(key, numbered_comments(1, 1'100)));
  const std::pair<bool, std::uint64_t> steps[] = {{true, 501}, {true, 1'001}, {false, 1'091}, {false, 1'091}};
  for (const auto& [more, oldest] : steps) {
    EXPECT_EQ(this->trim(key, 10, {}, 0, event_time), more);
    EXPECT_EQ(this->stored_offsets(key), range(oldest, 1'100));
  }
  EventQuery query;
  query.session_key = key;
  query.after = Offset(3);
  EXPECT_EQ(this->page(query).first_kept, Offset(1'091));
}

TYPED_TEST_P(RetentionContract, ids_and_ended_streaks_are_known_also_behind_retention) {
  const auto key = this->new_session("one");
  Gift gift;
  gift.gift_id = 5655;
  gift.count = 7;
  gift.streak_id = "1-5655-9-0#70000";
  gift.streak_end = true;
  ASSERT_TRUE(this->append_events(key, numbered_comments(1, 20'000)));
  ASSERT_TRUE(this->append_events(key, {numbered(20'001, event_of(70'001, gift, 777))}));
  ASSERT_TRUE(this->append_events(key, numbered_comments(20'002, 2)));
  while (this->trim(key, 1, {}, 0, event_time)) {
  }
  std::vector<std::uint64_t> newest = range(4, 20'000);
  for (const std::uint64_t id : {70'001, 20'002, 20'003}) newest.push_back(id);
  const SessionPast past = this->past(key, remembered_events);
  EXPECT_EQ(past.ids, newest);
  ASSERT_EQ(past.ended_streaks.size(), 1u);
  EXPECT_EQ(past.ended_streaks[0].streak_id, gift.streak_id);
  EXPECT_EQ(past.ended_streaks[0].count, 7);
  EXPECT_EQ(past.ended_streaks[0].time, 777);
}

TYPED_TEST_P(RetentionContract, what_is_remembered_of_an_event_is_the_same_before_and_behind_retention) {
  const auto key = this->new_session("one");
  constexpr std::uint64_t large = 18'000'000'000'000'000'001u;  // above the largest signed number
  Gift open, ended, inferred, single;
  open.gift_id = 1;
  open.count = 2;
  open.streak_id = "s-1";
  ended.gift_id = 1;
  ended.count = 7;
  ended.streak_id = "s-2";
  ended.streak_end = true;
  inferred = ended;
  inferred.streak_id = "s-3";
  inferred.count = 3;
  inferred.inferred = true;
  single.gift_id = 1;
  single.count = 1;
  single.streak_id = "s-" + std::to_string(large);
  single.streak_end = true;
  Event odd = event_of(13, ended, 777);
  odd.user->nickname = std::string("a\0b", 3);
  ASSERT_TRUE(this->append_events(
      key, {numbered(1, event_of(11, Comment{"a", "en", {}, {}, {}})), numbered(2, event_of(12, open)),
            numbered(3, odd), numbered(4, event_of(14, inferred, 888)), numbered(5, event_of(large, single)),
            numbered(6, event_of(16, SessionChange{}))}));
  const auto streaks = [](const SessionPast& past) {
    std::string text;
    for (const auto& streak : past.ended_streaks)
      text +=
          streak.streak_id + ' ' + std::to_string(streak.count) + ' ' + std::to_string(streak.time) + ", ";
    return text;
  };
  const SessionPast before = this->past(key);
  EXPECT_EQ(before.ids, (std::vector<std::uint64_t>{11, 12, 13, large}));
  EXPECT_EQ(streaks(before), "s-2 7 777, s-3 3 888, ");
  EXPECT_FALSE(this->trim(key, 0, std::chrono::milliseconds(1), 0, event_time + 1'000'000));
  EXPECT_EQ(this->stored_offsets(key), std::vector<std::uint64_t>());
  const SessionPast behind = this->past(key);
  EXPECT_EQ(behind.ids, before.ids);
  EXPECT_EQ(streaks(behind), streaks(before));
}

TYPED_TEST_P(RetentionContract, an_old_event_behind_a_younger_one_stays_until_its_turn) {
  const auto key = this->new_session("one");
  const auto at = [](std::uint64_t offset, UnixMs time) {
    return numbered(offset, event_of(offset, Comment{"x", "en", {}, {}, {}}, time));
  };
  ASSERT_TRUE(this->append_events(key, {at(1, 100), at(2, 900), at(3, 100)}));
  EXPECT_FALSE(this->trim(key, 0, std::chrono::milliseconds(500), 0, 1'000));
  EXPECT_EQ(this->stored_offsets(key), range(2, 3)) << "offsets are kept without holes";
  EXPECT_FALSE(this->trim(key, 0, std::chrono::milliseconds(500), 0, 1'500));
  EXPECT_EQ(this->stored_offsets(key), std::vector<std::uint64_t>());
}

REGISTER_TYPED_TEST_SUITE_P(RetentionContract, each_limit_is_kept_to_the_event,
                            a_step_deletes_500_and_says_that_there_may_be_more,
                            ids_and_ended_streaks_are_known_also_behind_retention,
                            what_is_remembered_of_an_event_is_the_same_before_and_behind_retention,
                            an_old_event_behind_a_younger_one_stays_until_its_turn);

}  // namespace papi::events
