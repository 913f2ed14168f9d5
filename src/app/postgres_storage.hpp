#pragma once

#include <memory>
#include <optional>

#include "app/storage.hpp"
#include "auth/postgres_account_store.hpp"
#include "auth/postgres_audit_store.hpp"
#include "engagement/postgres_engagement_store.hpp"
#include "events/postgres_dead_rows.hpp"
#include "events/postgres_event_store.hpp"
#include "events/postgres_share_store.hpp"
#include "live/postgres_gift_store.hpp"
#include "monitoring/postgres_hourly_store.hpp"
#include "platform/net/io_threads.hpp"
#include "platform/postgres/held_lease.hpp"
#include "platform/postgres/pool.hpp"
#include "platform/postgres/writer.hpp"
#include "profiles/postgres_profile_store.hpp"
#include "profiles/postgres_seen_people_store.hpp"

namespace papi::app {

/// The options of the connections for reading, of the settings DB_POOL_*.
postgres::PoolOptions pool_options(const Settings& settings);

/// An installation in one schema of a PostgreSQL database. It owns the schema by a lease
/// (docs/decisions/0010-postgres-stores.md). One thread has the connection that writes, another one those
/// that read, a third one keeps the lease.
class PostgresStorage final : public Storage {
 public:
  /// As open_storage().
  static Result<std::unique_ptr<Storage>> open(const Settings& settings, const StartContext& context);
  ~PostgresStorage() override;

  events::EventStore& events() override { return stores_->events; }
  events::ShareStore& shares() override { return stores_->shares; }
  engagement::EngagementStore& engagement() override { return stores_->engagement; }
  live::GiftStore& gifts() override { return stores_->gifts; }
  profiles::ProfileStore& profiles() override { return stores_->profiles; }
  profiles::SeenPeopleStore& people() override { return stores_->people; }
  auth::AccountStore& accounts() override { return stores_->accounts; }
  auth::AuditStore& audit() override { return stores_->audit; }
  monitoring::HourlyStore& hours() override { return stores_->hours; }
  const events::PictureKeys& picture_keys() const override { return *picture_keys_; }
  events::ShownOffsets* shown_offsets() override { return nullptr; }

  ops::WriteProbe write_probe() override;
  ops::WriteFaultReasons write_faults() override;
  std::optional<std::string> loss() const override;
  Waiting waiting() override;
  std::optional<Connections> connections() const override;
  Task<Result<void>> remove_erased_bytes(Executor executor) override;

  void stop_long_work() override;
  void stop(std::chrono::steady_clock::time_point deadline) override;

 private:
  struct Stores {
    Stores(postgres::Writer& writer, postgres::Pool& pool, const postgres::Schema& schema,
           postgres::Statement fence, bool keep_events);
    events::PostgresEventStore events;
    events::PostgresShareStore shares;
    engagement::PostgresEngagementStore engagement;
    live::PostgresGiftStore gifts;
    profiles::PostgresProfileStore profiles;
    profiles::PostgresSeenPeopleStore people;
    auth::PostgresAccountStore accounts;
    auth::PostgresAuditStore audit;
    monitoring::PostgresHourlyStore hours;
    events::PostgresDeadRows dead_rows;
  };
  PostgresStorage(const Settings& settings, postgres::Schema schema, Logger& log);
  Result<void> begin(const Settings& settings, const StartContext& context);
  Task<Result<void>> prepare_events();

  const postgres::Target target_;
  const postgres::Schema schema_;
  Logger& log_;
  bool stopped_ = false;
  const std::size_t connection_limit_;
  metrics::Histogram waits_{metrics::operation_bounds()};  // for a connection of pool_
  IoThreads threads_;
  postgres::Pool pool_;
  std::unique_ptr<postgres::HeldLease> lease_;
  std::optional<postgres::Writer> writer_;  // its fence needs the lease
  std::optional<Stores> stores_;
  std::optional<events::PictureKeys> picture_keys_;
};

}  // namespace papi::app
