#pragma once

// What a caller of EventStore::erase_person() may rely on.

#include "events/store_contract.hpp"

namespace papi::events {

template <class Stores>
struct ErasureContract : StoreContract<Stores> {
  using StoreContract<Stores>::get;
  using StoreContract<Stores>::executor;

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
TYPED_TEST_SUITE_P(ErasureContract);

using testing_log::batch_of;
using testing_log::event_of;
using testing_log::event_time;
using testing_log::numbered;

TYPED_TEST_P(ErasureContract, an_erased_person_is_gone_from_every_session_and_each_event_is_counted_once) {
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

TYPED_TEST_P(ErasureContract, people_who_are_erased_at_once_are_all_gone_and_the_bytes_stay_exact) {
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

REGISTER_TYPED_TEST_SUITE_P(ErasureContract,
                            an_erased_person_is_gone_from_every_session_and_each_event_is_counted_once,
                            people_who_are_erased_at_once_are_all_gone_and_the_bytes_stay_exact);

}  // namespace papi::events
