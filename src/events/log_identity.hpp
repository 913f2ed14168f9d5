#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "events/identity_file.hpp"
#include "events/shown_offsets.hpp"
#include "platform/log/logger.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::events {

/// Gives every session a new epoch and raises the database's generation, in one transaction. Offsets
/// continue. Readers with an old epoch learn that they cannot continue. Use it after a database was restored
/// to an earlier state. The service must not be running on the database.
Result<void> begin_new_epochs(sqlite::Database& database);

/// Counts the deletion of a session; call it in the same transaction. Throws DatabaseFault.
void count_deletion(sqlite::Database& database);

/// The id of the machine's current boot. Empty if the system has none.
std::string boot_id();

/// Keeps a second copy of the database's identity in the identity file, `<database>.identity`, together with
/// how far each session may have been shown to readers. A start compares both. So it notices that the
/// database was restored, copied back or replaced, or that a power cut took events that readers had seen. The
/// sessions concerned then begin new epochs, so that within one epoch an offset never means two events. See
/// docs/decisions/0004-database-identity.md.
///
/// The members may be called from any thread and throw nothing. The first write that fails is logged. After
/// that the next start begins new epochs at worst.
class LogIdentity final : public ShownOffsets {
 public:
  struct Options {
    bool power_cut_takes_rows = true;  // EVENTS_DURABILITY is batched
    bool keeps_events = true;          // EVENTS_DURABILITY is not off; if false, committed() does nothing
    std::string boot = boot_id();
  };

  /// Compares the database with the identity file, begins new epochs where they are needed, counts the start
  /// on both sides, and writes the identity file again. Call it before sessions are loaded. The caller must
  /// be the database owner. Blocking.
  static Result<std::unique_ptr<LogIdentity>> open(sqlite::Database& database, const std::string& path,
                                                   Options options, Logger& log);
  ~LogIdentity() override;

  void committed(SessionKey session_key, std::string_view epoch, Offset last_offset) noexcept override;
  /// Call it after the transaction of count_deletion() was committed.
  void remove(SessionKey session_key) noexcept override;
  /// The service ends in order, and everything is on the disk. Call it after the database was closed. No
  /// other member may be called afterwards.
  void close_clean() noexcept;

 private:
  LogIdentity(std::string path, int file, const Sidecar& sidecar, bool keeps_events, Logger& log);
  bool write_header() noexcept;
  void write_slot(std::size_t slot, SessionKey session_key, const SidecarSession& session) noexcept;
  void failed(int reason) noexcept;

  const std::string path_;
  const int file_;
  const bool keeps_events_;
  Logger& log_;
  std::mutex mutex_;
  SidecarHeader header_;
  std::unordered_map<SessionKey, std::size_t> slots_;  // by session key
  std::vector<std::size_t> free_;
  std::size_t slot_count_ = 0;
  bool failed_ = false;
};

}  // namespace papi::events
