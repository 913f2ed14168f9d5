#pragma once

#include <optional>
#include <string>

#include "events/session_access.hpp"
#include "platform/base/task.hpp"

namespace papi::events {

/// Where a session's log stands at one moment.
struct SessionPosition {
  std::int64_t key = 0;
  std::string epoch;
  std::uint64_t last_offset = 0;  // committed
  bool first_log = true;          // the session id has never named another log
  SessionAccessPtr access;        // who may read it from now on
};

/// Who knows the sessions. Any thread.
class SessionDirectory {
 public:
  virtual ~SessionDirectory() = default;
  /// Nothing: there is no such session that the viewer may read. An event that is published after this has
  /// answered has an offset above last_offset.
  virtual Task<std::optional<SessionPosition>> position(std::string session_id, Viewer viewer) = 0;
};

}  // namespace papi::events
