#pragma once

#include <optional>
#include <string>

#include "events/ids.hpp"
#include "events/session_access.hpp"
#include "platform/base/task.hpp"

namespace papi::events {

/// The position of a session's event log at one moment.
struct SessionPosition {
  SessionKey key;
  std::string epoch;
  Offset last_offset;       // committed
  bool first_log = true;    // the session id never named another event log
  SessionAccessPtr access;  // who may read the session from now on
};

/// Looks up sessions. Any thread.
class SessionDirectory {
 public:
  virtual ~SessionDirectory() = default;
  /// Returns nullopt if there is no such session that the viewer may read. An event that is published after
  /// this has returned has an offset above last_offset.
  virtual Task<std::optional<SessionPosition>> position(std::string session_id, Viewer viewer) = 0;
};

}  // namespace papi::events
