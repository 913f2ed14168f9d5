#pragma once

// What a caller of EventStore and ShareStore may rely on, about sessions, their deletion and their shares.

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
};
TYPED_TEST_SUITE_P(SessionStoreContract);

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

REGISTER_TYPED_TEST_SUITE_P(
    SessionStoreContract, a_session_is_loaded_as_it_was_created_saved_and_appended_to,
    the_newest_sessions_are_loaded_oldest_first_without_deleted_ones, keys_ascend_and_none_is_given_twice,
    a_deleted_session_stays_deleted_and_its_rows_go,
    a_later_session_of_the_same_id_knows_that_another_log_has_ended,
    a_replaced_session_is_deleted_with_the_creation_and_leaves_its_shares_to_the_same_owner,
    the_position_of_a_room_goes_with_the_last_session_that_follows_it, long_work_ends_when_the_service_stops,
    the_shares_of_each_session_are_kept_in_their_order_and_each_once, shares_end_with_their_session);

}  // namespace papi::events
