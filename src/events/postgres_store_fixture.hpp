#pragma once

// The stores on PostgreSQL, for the contract suites.

#include <optional>

#include "events/postgres_event_store.hpp"
#include "events/postgres_share_store.hpp"
#include "tests/postgres_store_fixture.hpp"

namespace papi::events {

/// A schema of the tests' server with the stores on it. If `pooled`, pgbouncer in transaction mode stands
/// between.
template <bool pooled>
class PostgresStores {
 public:
  PostgresStores() { open(true); }

  EventStore& events() { return *events_; }
  ShareStore& shares() { return *shares_; }
  Executor executor() { return database_.executor(); }
  postgres::Pool& pool() { return database_.pool(); }
  const postgres::Schema& schema() const { return database_.schema(); }
  /// Closes the stores and opens them again with what is stored.
  void restart(bool keep_events = true) {
    events_.reset();
    shares_.reset();
    database_.reopen();
    open(keep_events);
  }

 private:
  void open(bool keep_events) {
    events_.emplace(database_.writer(), database_.pool(), database_.schema(), keep_events);
    shares_.emplace(database_.writer(), database_.schema());
  }

  postgres::StoreFixture database_{pooled};
  std::optional<PostgresEventStore> events_;
  std::optional<PostgresShareStore> shares_;
};

}  // namespace papi::events
