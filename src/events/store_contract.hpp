#pragma once

// The base of the contract suites: what a caller may rely on, whichever engine keeps the data. A suite runs
// over a type `Stores` that has events(), shares(), executor(), and restart(), which closes the stores and
// opens them again with what is stored.

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>

#include "events/event_fixture.hpp"
#include "events/share_store.hpp"

namespace papi::events {

template <class Stores>
struct StoreContract : testing::Test {
  EventStore& store() { return stores.events(); }
  Executor executor() { return stores.executor(); }

  template <class Value>
  std::future<Value> begin(Task<Value> task) {
    return net::co_spawn(executor(), std::move(task), net::use_future);
  }
  template <class Value>
  Value get(Task<Value> task) {
    return begin(std::move(task)).get();
  }

  static StoredSession row(std::string id, std::string username = "ann", std::string owner = "") {
    StoredSession out = testing_log::session();
    out.key = SessionKey();
    out.id = std::move(id);
    out.username = std::move(username);
    out.owner = std::move(owner);
    return out;
  }
  CreatedSession create(const StoredSession& session, SessionKey replaced = {}) {
    const auto created = get(store().create_session(executor(), session, replaced));
    EXPECT_TRUE(created);
    return created ? *created : CreatedSession();
  }
  SessionKey new_session(const std::string& id) { return create(row(id)).key; }
  void delete_session(SessionKey key) {
    EXPECT_TRUE(get(store().mark_deleted(executor(), key, testing_log::event_time)));
    EXPECT_TRUE(get(store().delete_rows(executor(), key)));
  }

  AppendResult append(std::vector<StoredBatch> batches, UpstreamPosition position = {}) {
    const auto appended = get(store().append(executor(), std::move(batches), std::move(position)));
    EXPECT_TRUE(appended);
    return appended ? *appended : AppendResult();
  }
  bool append_events(SessionKey key, std::vector<EventPtr> events, UpstreamPosition position = {}) {
    return append({testing_log::batch_of(key, std::move(events))}, std::move(position)).stored;
  }
  static UpstreamPosition position(std::string room, std::string cursor, UnixMs heard_at = 100,
                                   std::int64_t likes = 0) {
    UpstreamPosition out;
    out.room = std::move(room);
    out.room_id = "70";
    out.cursor = std::move(cursor);
    out.heard_at = heard_at;
    out.likes = likes;
    return out;
  }

  EventPage page(EventQuery query) {
    auto read = get(store().read(executor(), std::move(query)));
    EXPECT_TRUE(read);
    return read ? std::move(*read) : EventPage();
  }
  static std::vector<std::uint64_t> offsets(const EventPage& page) {
    std::vector<std::uint64_t> out;
    for (const EventPtr& event : page.events) out.push_back(event->offset.value());
    return out;
  }
  /// Returns all offsets that the session has.
  std::vector<std::uint64_t> stored_offsets(SessionKey key) {
    EventQuery query;
    query.session_key = key;
    query.limit = 1'000'000;
    query.max_bytes = 1'000'000'000;
    return offsets(page(query));
  }
  SessionPast past(SessionKey key, std::size_t limit = 100, const std::string& room = "ann") {
    auto read = get(store().past(executor(), key, room, limit));
    EXPECT_TRUE(read);
    return read ? std::move(*read) : SessionPast();
  }
  std::vector<StoredSession> load(std::size_t limit = 100) {
    auto read = get(store().load_sessions(executor(), limit));
    EXPECT_TRUE(read);
    return read ? std::move(*read) : std::vector<StoredSession>();
  }
  bool trim(SessionKey key, std::int64_t count, std::chrono::milliseconds age, std::int64_t bytes,
            UnixMs now) {
    Retention limits;
    limits.max_events = count;
    limits.max_age = age;
    limits.max_bytes = bytes;
    const auto more = get(store().trim(executor(), key, limits, now));
    EXPECT_TRUE(more);
    return more && *more;
  }

  Stores stores;
};

inline std::vector<std::uint64_t> range(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> out;
  for (std::uint64_t n = first; n <= last; ++n) out.push_back(n);
  return out;
}

}  // namespace papi::events
