#pragma once

// What a caller of EventStore and ShareStore may rely on, about sessions and the deletion of their events.

#include "events/store_contract.hpp"

namespace papi::events {

template <class Stores>
struct SessionStoreContract : StoreContract<Stores> {
  using StoreContract<Stores>::get;
  using StoreContract<Stores>::executor;

  ShareStore& shares() { return this->stores.shares(); }
  /// Returns the readers, separated by commas.
  std::string names(Task<Result<SessionShares>> task) {
    const auto stored = get(std::move(task));
    EXPECT_TRUE(stored);
    std::string text;
    for (const SessionShare& share : stored ? *stored : SessionShares())
      text += (text.empty() ? "" : ",") + share.reader;
    return text;
  }
  std::string add(SessionKey key, std::string reader, UnixMs at, std::vector<std::string> gone = {}) {
    const SessionShare share{std::move(reader), at};
    return names(shares().add(executor(), key, share, std::move(gone)));
  }
  std::string remove(SessionKey key, std::string reader) {
    return names(shares().remove(executor(), key, std::move(reader)));
  }
  std::string readers_of(SessionKey key) { return names(shares().read(executor(), key)); }

  std::size_t erase(std::string username, std::string nickname = "") {
    const auto erased = get(this->store().erase_person(executor(), std::move(username), std::move(nickname)));
    EXPECT_TRUE(erased);
    return erased ? *erased : 0;
  }
  /// Returns all bodies of the session as one text.
  std::string bodies(SessionKey key) {
    EventQuery query;
    query.session_key = key;
    query.limit = 1'000'000;
    std::string text;
    for (const EventPtr& event : this->page(query).events) text += event->json();
    return text;
  }
};
TYPED_TEST_SUITE_P(SessionStoreContract);

using testing_log::batch_of;
using testing_log::event_of;
using testing_log::event_time;
using testing_log::numbered;
using testing_log::numbered_comments;

// Sessions.

TYPED_TEST_P(SessionStoreContract, a_session_is_loaded_as_it_was_created_saved_and_appended_to) {
  StoredSession made = this->row("quiz", "Ann", "u_ann");
  made.key = SessionKey(77);
  made.epoch = "e7";
  made.room_id = "70";
  made.state = "connecting";
  made.reason = "r";
  made.wait_until_live = true;
  made.created_at = 5;
  made.started_at = 6;
  made.started_by = "k_1";
  const CreatedSession created = this->create(made);
  EXPECT_NE(created.key, SessionKey(77)) << "the store gives the key";
  EXPECT_TRUE(created.first_log);
  StoredSession changed = made;
  changed.key = created.key;
  changed.username = "ann.new";
  changed.state = "connected";
  changed.reason = "";
  changed.wait_until_live = false;
  changed.started_at = 9;
  changed.started_by = "u_ann";
  changed.id = "other";
  changed.epoch = "e8";
  changed.room_id = "71";
  changed.created_at = 99;
  changed.owner = "u_eve";
  changed.last_offset = Offset(99);
  changed.cursor = "t-9";
  ASSERT_TRUE(this->get(this->store().save_session(this->executor(), changed)));
  ASSERT_TRUE(
      this->append_events(created.key, numbered_comments(1, 3), this->position("ann.new", "t-1", 100)));
  this->stores.restart();
  const auto sessions = this->load();
  ASSERT_EQ(sessions.size(), 1u);
  const StoredSession& loaded = sessions[0];
  EXPECT_EQ(loaded.key, created.key);
  EXPECT_EQ(loaded.id, "quiz") << "what belongs to the creation stays";
  EXPECT_EQ(loaded.epoch, "e7");
  EXPECT_EQ(loaded.created_at, 5);
  EXPECT_EQ(loaded.owner, "u_ann");
  EXPECT_EQ(loaded.username, "ann.new") << "what a save changes";
  EXPECT_EQ(loaded.state, "connected");
  EXPECT_EQ(loaded.reason, "");
  EXPECT_FALSE(loaded.wait_until_live);
  EXPECT_EQ(loaded.started_at, 9);
  EXPECT_EQ(loaded.started_by, "u_ann");
  EXPECT_EQ(loaded.last_offset, Offset(3)) << "what an append changes";
  EXPECT_EQ(loaded.cursor, "t-1");
  EXPECT_EQ(loaded.room_id, "70");
  EXPECT_EQ(loaded.heard_at, 100);
  EXPECT_TRUE(loaded.first_log);
}

TYPED_TEST_P(SessionStoreContract, the_newest_sessions_are_loaded_oldest_first_without_deleted_ones) {
  std::vector<SessionKey> keys;
  for (const char* id : {"a", "b", "c", "d", "e"}) keys.push_back(this->new_session(id));
  ASSERT_TRUE(this->get(this->store().mark_deleted(this->executor(), keys[3], 5)));
  const std::pair<std::size_t, std::string> rows[] = {
      {0, ""}, {1, "e"}, {3, "bce"}, {4, "abce"}, {5, "abce"}};
  for (const auto& [limit, expected] : rows) {
    std::string ids;
    for (const StoredSession& session : this->load(limit)) ids += session.id;
    EXPECT_EQ(ids, expected) << limit;
  }
}

TYPED_TEST_P(SessionStoreContract, keys_ascend_and_none_is_given_twice) {
  SessionKey last;
  for (int round = 0; round < 4; ++round) {
    const auto key = this->new_session("quiz"), other = this->new_session("other");
    EXPECT_GT(key, last);
    EXPECT_GT(other, key);
    last = other;
    this->delete_session(other);
    this->delete_session(key);
    if (round % 2 == 0) this->stores.restart();
  }
}

TYPED_TEST_P(SessionStoreContract, a_deleted_session_stays_deleted_and_its_rows_go) {
  const auto key = this->new_session("quiz"), other = this->new_session("other");
  ASSERT_TRUE(this->append_events(key, numbered_comments(1, 1'200)));
  ASSERT_TRUE(this->append_events(other, numbered_comments(1, 2)));
  ASSERT_TRUE(this->get(this->store().mark_deleted(this->executor(), key, 5)));
  StoredSession changed = this->row("quiz");
  changed.key = key;
  changed.state = "connected";
  ASSERT_TRUE(this->get(this->store().save_session(this->executor(), changed)));
  this->stores.restart();
  const auto listed = [this] {
    std::map<SessionKey, bool> deleted;
    for (const KnownSession& session : *this->get(this->store().session_keys(this->executor())))
      deleted[session.key] = session.deleted;
    return deleted;
  };
  EXPECT_EQ(listed(), (std::map<SessionKey, bool>{{key, true}, {other, false}}));
  EXPECT_EQ(this->load().size(), 1u);
  ASSERT_TRUE(this->get(this->store().delete_rows(this->executor(), key)));
  EXPECT_EQ(listed(), (std::map<SessionKey, bool>{{other, false}}));
  EXPECT_EQ(this->stored_offsets(key), std::vector<std::uint64_t>());
  EXPECT_EQ(this->stored_offsets(other), range(1, 2));
  EXPECT_TRUE(this->get(this->store().delete_rows(this->executor(), key))) << "may be called again";
}

TYPED_TEST_P(SessionStoreContract, a_later_session_of_the_same_id_knows_that_another_log_has_ended) {
  const auto key = this->new_session("quiz");
  EXPECT_TRUE(this->create(this->row("other")).first_log);
  this->delete_session(key);
  EXPECT_FALSE(this->create(this->row("quiz")).first_log);
  this->stores.restart();
  for (const StoredSession& session : this->load()) EXPECT_EQ(session.first_log, session.id != "quiz");
}

TYPED_TEST_P(SessionStoreContract,
             a_replaced_session_is_deleted_with_the_creation_and_leaves_its_shares_to_the_same_owner) {
  const auto first = this->create(this->row("quiz", "ann", "u_ann")).key;
  this->add(first, "u_bob", 1);
  const CreatedSession second = this->create(this->row("quiz", "bert", "u_ann"), first);
  EXPECT_FALSE(second.first_log);
  EXPECT_EQ(this->readers_of(first), "");
  EXPECT_EQ(this->readers_of(second.key), "u_bob");
  const auto third = this->create(this->row("quiz", "carl", "u_eve"), second.key).key;
  EXPECT_EQ(this->readers_of(second.key), "");
  EXPECT_EQ(this->readers_of(third), "");
  ASSERT_EQ(this->load().size(), 1u);
  EXPECT_EQ(this->load()[0].key, third);
}

TYPED_TEST_P(SessionStoreContract, the_position_of_a_room_goes_with_the_last_session_that_follows_it) {
  const auto one = this->create(this->row("one", "Ann")).key, two = this->create(this->row("two", "ann")).key;
  ASSERT_TRUE(this->append_events(one, numbered_comments(1, 1), this->position("ann", "t-1")));
  this->delete_session(one);
  EXPECT_EQ(this->past(two).room.cursor, "t-1");
  this->delete_session(two);
  EXPECT_EQ(this->past(this->new_session("three")).room.cursor, "");
}

TYPED_TEST_P(SessionStoreContract, long_work_ends_when_the_service_stops) {
  const auto key = this->new_session("quiz");
  ASSERT_TRUE(this->append_events(key, numbered_comments(1, 2)));
  ASSERT_TRUE(this->get(this->store().mark_deleted(this->executor(), key, 5)));
  this->store().stop_long_work();
  const auto deleted = this->get(this->store().delete_rows(this->executor(), key));
  ASSERT_FALSE(deleted);
  EXPECT_EQ(deleted.error().code, ErrorCode::unavailable);
  const auto erased = this->get(this->store().erase_person(this->executor(), "ann.1", ""));
  ASSERT_FALSE(erased);
  EXPECT_EQ(erased.error().code, ErrorCode::unavailable);
  this->stores.restart();
  EXPECT_TRUE(this->get(this->store().delete_rows(this->executor(), key)));
}

// Shares.

TYPED_TEST_P(SessionStoreContract, the_shares_of_each_session_are_kept_in_their_order_and_each_once) {
  EXPECT_EQ(this->add(SessionKey(1), "u_bob", 20), "u_bob");
  EXPECT_EQ(this->add(SessionKey(1), "k_carl", 10), "k_carl,u_bob");
  EXPECT_EQ(this->add(SessionKey(1), "u_bob", 5), "k_carl,u_bob") << "the first one stands";
  EXPECT_EQ(this->add(SessionKey(2), "u_bob", 30), "u_bob");
  EXPECT_EQ(this->remove(SessionKey(1), "u_dora"), "k_carl,u_bob");
  EXPECT_EQ(this->remove(SessionKey(1), "k_carl"), "u_bob");
  EXPECT_EQ(this->add(SessionKey(1), "u_eve", 40, {"u_bob", "u_none"}), "u_eve") << "in the same transaction";
  this->stores.restart();
  EXPECT_EQ(this->readers_of(SessionKey(2)), "u_bob");
  EXPECT_EQ(this->readers_of(SessionKey(3)), "");
  const auto all = this->get(this->shares().load(this->executor()));
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ(all->at(SessionKey(1)).at(0).reader, "u_eve");
  EXPECT_EQ(all->at(SessionKey(1)).at(0).shared_at, 40);
  EXPECT_EQ(all->at(SessionKey(2)).at(0).reader, "u_bob");
}

TYPED_TEST_P(SessionStoreContract, shares_end_with_their_session) {
  const auto one = this->new_session("one"), two = this->new_session("two");
  this->add(one, "u_bob", 1);
  this->add(two, "u_bob", 1);
  ASSERT_TRUE(this->get(this->store().mark_deleted(this->executor(), one, 5)));
  EXPECT_EQ(this->readers_of(one), "");
  EXPECT_EQ(this->readers_of(two), "u_bob") << "another session's stay";
}

// Retention.

TYPED_TEST_P(SessionStoreContract, each_limit_is_kept_to_the_event) {
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

TYPED_TEST_P(SessionStoreContract, a_step_deletes_500_and_says_that_there_may_be_more) {
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

TYPED_TEST_P(SessionStoreContract, ids_and_ended_streaks_are_known_also_behind_retention) {
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

TYPED_TEST_P(SessionStoreContract, what_is_remembered_of_an_event_is_the_same_before_and_behind_retention) {
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

TYPED_TEST_P(SessionStoreContract, an_old_event_behind_a_younger_one_stays_until_its_turn) {
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

// Erasure.

TYPED_TEST_P(SessionStoreContract,
             an_erased_person_is_gone_from_every_session_and_each_event_is_counted_once) {
  const auto one = this->new_session("one"), two = this->new_session("two");
  Event mention = event_of(2, Comment{"hi @Ann.1", "en", {}, {}, {}});
  mention.user->id = UserId(7);
  mention.user->username = "Bob";
  mention.user->nickname = "Bobby";
  Event by_id = event_of(3, Comment{"x", "en", {}, {}, {}});
  by_id.user->username.clear();
  by_id.user->nickname = "Annie";
  StoredBatch batch =
      batch_of(one, {numbered(1, event_of(1, Comment{"me", "en", {}, {}, {}})), numbered(2, mention)});
  batch.totals.people.resize(1);  // from here the store knows the user id
  batch.totals.people[0].user_id = UserId(6'800'000'000'000'000'001);
  batch.totals.people[0].username = "Ann.1";
  batch.streaks = {
      {"a", R"({"type":"gift","user":{"id":"9","username":"ann.1","nickname":"Annie"},"count":2})"}};
  ASSERT_TRUE(this->append({batch, batch_of(two, {numbered(1, by_id), numbered(2, mention)})}).stored);
  const std::string before = this->bodies(one) + this->bodies(two);
  EXPECT_NE(before.find("ann.1"), std::string::npos);
  EXPECT_EQ(this->erase("ann.1"), 4u);
  this->stores.restart();
  const std::string after = this->bodies(one) + this->bodies(two) + this->past(one).open_streaks.at(0);
  for (const char* name : {"ann", "Ann"}) EXPECT_EQ(after.find(name), std::string::npos) << after;
  EXPECT_NE(after.find("Bobby"), std::string::npos) << "other people stay";
  EXPECT_NE(after.find("6800000000000000001"), std::string::npos) << "the user id stays";
  EXPECT_EQ(this->stored_offsets(one), range(1, 2));
  EventQuery query;
  query.session_key = one;
  query.filter.username = "ann.1";
  EXPECT_EQ(this->page(query).events.size(), 0u) << "no event is found by the name";
  EXPECT_EQ(this->erase("ann.1"), 0u) << "may be called again";
}

TYPED_TEST_P(SessionStoreContract, people_who_are_erased_at_once_are_all_gone_and_the_bytes_stay_exact) {
  const auto key = this->new_session("one");
  User bob;
  bob.id = UserId(7);
  bob.username = "Bob";
  bob.nickname = "Bobby";
  std::vector<EventPtr> events;
  for (std::uint64_t n = 1; n <= 2'500; ++n)
    events.push_back(numbered(n, event_of(n, Comment{"hi @bob, says @ann.1", "en", {}, bob, {}})));
  ASSERT_TRUE(this->append_events(key, events));
  const auto begin_erasure = [this](const char* name) {
    return this->begin(this->store().erase_person(this->executor(), name, ""));
  };
  auto ann = begin_erasure("ann.1"), other = begin_erasure("bob"), ann_again = begin_erasure("ann.1");
  EXPECT_EQ(*other.get(), 2'500u);
  EXPECT_EQ(*ann.get() + *ann_again.get(), 2'500u) << "each event is changed, and counted, once";
  const std::string left = this->bodies(key);
  for (const char* name : {"ann", "bob", "Bob"}) EXPECT_EQ(left.find(name), std::string::npos);
  // The limit of bytes is kept by what is stored now.
  const auto bytes = static_cast<std::int64_t>(left.size());
  EXPECT_FALSE(this->trim(key, 0, {}, bytes, event_time));
  EXPECT_EQ(this->stored_offsets(key), range(1, 2'500));
  EXPECT_FALSE(this->trim(key, 0, {}, bytes - 1, event_time));
  EXPECT_EQ(this->stored_offsets(key), range(2, 2'500));
}

REGISTER_TYPED_TEST_SUITE_P(
    SessionStoreContract, a_session_is_loaded_as_it_was_created_saved_and_appended_to,
    the_newest_sessions_are_loaded_oldest_first_without_deleted_ones, keys_ascend_and_none_is_given_twice,
    a_deleted_session_stays_deleted_and_its_rows_go,
    a_later_session_of_the_same_id_knows_that_another_log_has_ended,
    a_replaced_session_is_deleted_with_the_creation_and_leaves_its_shares_to_the_same_owner,
    the_position_of_a_room_goes_with_the_last_session_that_follows_it, long_work_ends_when_the_service_stops,
    the_shares_of_each_session_are_kept_in_their_order_and_each_once, shares_end_with_their_session,
    each_limit_is_kept_to_the_event, a_step_deletes_500_and_says_that_there_may_be_more,
    ids_and_ended_streaks_are_known_also_behind_retention,
    what_is_remembered_of_an_event_is_the_same_before_and_behind_retention,
    an_old_event_behind_a_younger_one_stays_until_its_turn,
    an_erased_person_is_gone_from_every_session_and_each_event_is_counted_once,
    people_who_are_erased_at_once_are_all_gone_and_the_bytes_stay_exact);

}  // namespace papi::events
