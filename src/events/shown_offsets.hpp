#pragma once

#include <cstdint>
#include <string_view>

#include "events/ids.hpp"

namespace papi::events {

/// Is informed how far the event log of each session may have been shown to readers, so that the next start
/// notices if the database has lost such events. The members may be called from any thread and throw nothing.
class ShownOffsets {
 public:
  ShownOffsets() = default;
  ShownOffsets(const ShownOffsets&) = delete;
  ShownOffsets& operator=(const ShownOffsets&) = delete;
  virtual ~ShownOffsets() = default;

  /// Events of the session up to `last_offset` are committed. Call it before they are shown to anybody.
  virtual void committed(SessionKey session_key, std::string_view epoch, Offset last_offset) noexcept = 0;
  /// The session was deleted. Call it after the deletion was committed.
  virtual void remove(SessionKey session_key) noexcept = 0;
};

}  // namespace papi::events
