#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "events/identity_file.hpp"
#include "platform/log/logger.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::events {

/// Gives every session a new epoch and raises the database's generation, in one transaction. Offsets go on.
/// Readers of the old epochs are told that they cannot be continued. For a database that was put back to an
/// earlier state; the service must not be running on it.
Result<void> begin_new_epochs(sqlite::Database& database);

/// A session is deleted, in the same transaction. Behind LogIdentity::prepare(); throws DatabaseFault.
void count_deletion(sqlite::Database& database);

/// The machine's id since it last booted; empty where the system has none.
std::string boot_id();

/// Keeps the identity of the database a second time, in `<database>.identity` beside it, with how far each
/// session may have been shown. A start compares both and thereby notices that the database was restored,
/// copied back or replaced, or that a power cut took events that readers had seen; the sessions concerned
/// then begin new epochs, so that no offset ever means two events in one epoch.
///
/// Every member is safe from every thread and throws nothing. A write that fails is logged once; the next
/// start then begins new epochs at worst.
class LogIdentity {
 public:
  struct Options {
    bool power_cut_takes_rows = true;  // EVENTS_DURABILITY is batched
    bool keeps_events = true;          // EVENTS_DURABILITY is not off; else committed() notes nothing
    std::string boot = boot_id();
  };

  /// Creates and migrates the table. Blocking: at start only.
  static Result<void> prepare(sqlite::Database& database);
  /// Compares database and sidecar, begins new epochs where they are needed, counts the start on both sides,
  /// and writes the sidecar anew. Before sessions are loaded; the caller owns the database. Blocking.
  static Result<std::unique_ptr<LogIdentity>> open(sqlite::Database& database, const std::string& path,
                                                   Options options, Logger& log);
  ~LogIdentity();
  LogIdentity(const LogIdentity&) = delete;
  LogIdentity& operator=(const LogIdentity&) = delete;

  /// Events of the session up to `last_offset` are committed. Call it before they are shown to anybody.
  void committed(std::int64_t session_key, std::string_view epoch, std::uint64_t last_offset) noexcept;
  /// The session was deleted; count_deletion() is committed.
  void forget(std::int64_t session_key) noexcept;
  /// The service ends in order, and everything is on the disk: after the database was closed. Nothing may be
  /// called afterwards.
  void close_clean() noexcept;

 private:
  LogIdentity(std::string path, int file, const Sidecar& sidecar, bool keeps_events, Logger& log);
  bool write_header() noexcept;
  void write_slot(std::size_t slot, std::int64_t session_key, const SidecarSession& session) noexcept;
  void failed(int reason) noexcept;

  const std::string path_;
  const int file_;
  const bool keeps_events_;
  Logger& log_;
  std::mutex mutex_;
  SidecarHeader header_;
  std::unordered_map<std::int64_t, std::size_t> slots_;  // by session key
  std::vector<std::size_t> free_;
  std::size_t slot_count_ = 0;
  bool failed_ = false;
};

}  // namespace papi::events
