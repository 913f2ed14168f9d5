#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "app/settings.hpp"
#include "auth/account_store.hpp"
#include "auth/audit_store.hpp"
#include "engagement/engagement_store.hpp"
#include "events/event_store.hpp"
#include "events/picture_keys.hpp"
#include "events/share_store.hpp"
#include "events/shown_offsets.hpp"
#include "live/gift_store.hpp"
#include "monitoring/hourly_store.hpp"
#include "ops/write_check.hpp"
#include "platform/base/pause.hpp"
#include "platform/base/run_here.hpp"
#include "platform/log/logger.hpp"
#include "platform/metrics/operation_times.hpp"
#include "profiles/profile_store.hpp"
#include "profiles/seen_people_store.hpp"

namespace papi::app {

/// The stores of one installation, on one engine. This process owns it until stop(), its tables are those of
/// this program, and its identity is settled (docs/decisions/0004-database-identity.md).
///
/// A new engine is one new class here, and one more run of each contract suite.
class Storage {
 public:
  Storage() = default;
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  virtual ~Storage() = default;

  virtual events::EventStore& events() = 0;
  virtual events::ShareStore& shares() = 0;
  virtual engagement::EngagementStore& engagement() = 0;
  virtual live::GiftStore& gifts() = 0;
  virtual profiles::ProfileStore& profiles() = 0;
  virtual profiles::SeenPeopleStore& people() = 0;
  virtual auth::AccountStore& accounts() = 0;
  virtual auth::AuditStore& audit() = 0;
  virtual monitoring::HourlyStore& hours() = 0;
  /// Made at the start from the secret that belongs to this installation.
  virtual const events::PictureKeys& picture_keys() const = 0;
  /// Returns nullptr if the engine does not need to know how far event logs were shown.
  virtual events::ShownOffsets* shown_offsets() = 0;

  /// Returns the function that commits a small row, and what is wrong if it fails: for the readiness of the
  /// service.
  virtual ops::WriteProbe write_probe() = 0;
  virtual ops::WriteFaultReasons write_faults() = 0;
  /// Returns why everything that is written now would be lost, or nullopt. The text may be shown to anybody.
  /// Any thread.
  virtual std::optional<std::string> loss() const = 0;
  /// How long reads and writes took.
  const metrics::OperationTimes& times() const { return times_; }
  /// What waits for the engine now. Any thread, until stop().
  struct Waiting {
    std::size_t writes = 0;
    std::size_t reads = 0;
  };
  virtual Waiting waiting() = 0;
  /// The connections for reading, and how long callers waited for one.
  struct Connections {
    std::size_t in_use = 0;
    std::size_t idle = 0;
    std::size_t limit = 0;
    metrics::HistogramCounts waits;
  };
  /// Returns nullopt if the engine has no such connections. Any thread, until stop().
  virtual std::optional<Connections> connections() const { return std::nullopt; }
  /// The last step of an erasure: removes what was erased from the files of the database too. Fails, with a
  /// message for operators, if old bytes may stay there.
  virtual Task<Result<void>> remove_erased_bytes(Executor executor) = 0;

  /// The service is about to stop: long deletions and erasures end soon, with UNAVAILABLE. Any thread.
  virtual void stop_long_work() = 0;
  /// Commits what was accepted, and gives the installation back. From then on no store may be used. Blocks.
  /// Waits until `deadline` for a server that is away.
  virtual void stop(std::chrono::steady_clock::time_point deadline) = 0;
  /// After stop(), if everything that was shown is kept: the next start can trust this one.
  virtual void close_in_order() {}
  /// After stop(), if the service could not start: deletes the files that this start has made.
  virtual void undo_start() {}

 protected:
  metrics::OperationTimes times_;
};

/// What the start of the program needs besides the settings. `here` must outlive the Storage.
struct StartContext {
  RunHere& here;
  Logger& log;
  const Clock& clock;
  const Pause& pause;
};

/// Becomes the owner of the installation, brings its tables to the current schema, makes the first admin and
/// settles the identity. Waits for an earlier owner to end, for a lock of another program and for a server
/// that is not there yet, up to a minute each. Blocks.
///
/// Fails with CONFLICT if the database is in use or stays locked, with DATABASE if it cannot be used, with
/// UNAVAILABLE if the server is away or `pause` returned false, and with VALIDATION if a setting is wrong. A
/// failure leaves no file that was not there before.
Result<std::unique_ptr<Storage>> open_storage(const Settings& settings, const StartContext& context);

/// Why the program does not start in production.
inline constexpr std::string_view demo_admin_fault =
    "the development admin 'admin' is in this database; give it another password with 'profile-api users "
    "set-password admin', or disable it";

/// Creates the first admin if there is no active one. Each engine calls it when its tables are there. Fails
/// with VALIDATION in production if the development admin can log in, whose password everybody knows.
Result<void> prepare_admins(const Settings& settings, auth::AccountStore& accounts,
                            const StartContext& context);

}  // namespace papi::app
