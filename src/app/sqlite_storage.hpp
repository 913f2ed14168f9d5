#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "app/new_files.hpp"
#include "app/storage.hpp"
#include "auth/sqlite_account_store.hpp"
#include "auth/sqlite_audit_store.hpp"
#include "engagement/sqlite_engagement_store.hpp"
#include "events/log_identity.hpp"
#include "events/sqlite_event_store.hpp"
#include "events/sqlite_share_store.hpp"
#include "live/sqlite_gift_store.hpp"
#include "monitoring/sqlite_hourly_store.hpp"
#include "platform/sqlite/file_watch.hpp"
#include "platform/sqlite/owner_lock.hpp"
#include "profiles/sqlite_profile_store.hpp"
#include "profiles/sqlite_seen_people_store.hpp"

namespace papi::app {

/// An installation in one SQLite file.
class SqliteStorage final : public Storage {
 public:
  /// As open_storage().
  static Result<std::unique_ptr<Storage>> open(const Settings& settings, const StartContext& context);
  /// An empty database in memory, for the list of routes. It has no owner and no identity.
  static Result<std::unique_ptr<Storage>> open_in_memory(const Settings& settings, Logger& log);

  /// A database file that is owned, migrated and has its identity settled.
  struct File {
    std::string path;  // absolute, symbolic links resolved
    std::optional<sqlite::OwnerLock> owner;
    sqlite::Database database;
    std::unique_ptr<events::LogIdentity> identity;
    events::PictureKeys picture_keys;
    std::uint32_t stamp = 0;        // see sqlite::stamp_file()
    std::optional<NewFiles> files;  // to be removed if the start fails later
  };
  /// `readers` and `access_readers` read the same file.
  SqliteStorage(const Settings& settings, Logger& log, File file, std::unique_ptr<sqlite::Readers> readers,
                std::unique_ptr<sqlite::Readers> access_readers);

  events::EventStore& events() override { return events_; }
  events::ShareStore& shares() override { return shares_; }
  engagement::EngagementStore& engagement() override { return engagement_; }
  live::GiftStore& gifts() override { return gifts_; }
  profiles::ProfileStore& profiles() override { return profiles_; }
  profiles::SeenPeopleStore& people() override { return people_; }
  auth::AccountStore& accounts() override { return accounts_; }
  auth::AuditStore& audit() override { return audit_; }
  monitoring::HourlyStore& hours() override { return hours_; }
  const events::PictureKeys& picture_keys() const override { return picture_keys_; }
  events::ShownOffsets* shown_offsets() override { return identity_.get(); }

  ops::WriteProbe write_probe() override;
  ops::WriteFaultReasons write_faults() override;
  std::optional<std::string> loss() const override;
  Waiting waiting() override;
  Task<Result<void>> remove_erased_bytes(Executor executor) override;

  void stop_long_work() override { events_.stop_long_work(); }
  void stop(std::chrono::steady_clock::time_point deadline) override;
  void close_in_order() override;
  void undo_start() override;

 private:
  sqlite::FileWatch::Options watch_options(std::uint32_t stamp);

  // In the order of construction. The owner's lock is released last.
  std::optional<sqlite::OwnerLock> owner_;
  std::unique_ptr<events::LogIdentity> identity_;  // closed after the database
  const events::PictureKeys picture_keys_;
  const std::optional<NewFiles> files_;
  std::atomic<bool> lost_{false};
  std::optional<sqlite::FileWatch> watch_;
  std::optional<sqlite::Writer> writer_;
  std::unique_ptr<sqlite::Readers> readers_;
  std::unique_ptr<sqlite::Readers> access_readers_;  // separate, so that no long query delays authentication
  bool was_in_place_ = false;                        // at stop()
  events::SqliteEventStore events_;
  events::SqliteShareStore shares_;
  engagement::SqliteEngagementStore engagement_;
  live::SqliteGiftStore gifts_;
  profiles::SqliteProfileStore profiles_;
  profiles::SqliteSeenPeopleStore people_;
  auth::SqliteAccountStore accounts_;
  auth::SqliteAuditStore audit_;
  monitoring::SqliteHourlyStore hours_;
};

}  // namespace papi::app
