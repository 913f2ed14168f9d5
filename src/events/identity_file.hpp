#pragma once

// The bytes of the identity file, `<database>.identity`: a header and one slot per session. Each has a fixed
// size and its own checksum, so that one slot can be overwritten in place with a single write.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "events/ids.hpp"
#include "platform/base/error.hpp"

namespace papi::events {

/// What the identity file says about the database as a whole.
struct SidecarHeader {
  std::string database_id;            // 32 hexadecimal digits
  std::string boot_id;                // of the machine at the last start of the service
  std::uint64_t generation = 0;       // raised when all sessions begin new epochs
  std::uint64_t starts = 0;           // how often the service was started on the database
  std::uint64_t deletions = 0;        // how many sessions were deleted from the database
  bool clean = false;                 // the last process ended in order
  bool power_cut_takes_rows = false;  // EVENTS_DURABILITY was batched

  bool operator==(const SidecarHeader&) const = default;
};

/// How far one session may have been shown to readers.
struct SidecarSession {
  std::string epoch;  // at most 24 bytes
  Offset last_offset;
  std::uint64_t start = 0;  // number of the start in which this was written

  bool operator==(const SidecarSession&) const = default;
};

struct Sidecar {
  SidecarHeader header;
  std::map<SessionKey, SidecarSession> sessions;  // by session key

  bool operator==(const Sidecar&) const = default;
};

namespace identity_file {

constexpr std::size_t header_bytes = 128;
constexpr std::size_t slot_bytes = 64;
constexpr std::size_t longest_epoch = 24;

using HeaderBytes = std::array<char, header_bytes>;
using SlotBytes = std::array<char, slot_bytes>;

HeaderBytes encode(const SidecarHeader& header);
/// The key 0 makes a free slot.
SlotBytes encode(SessionKey session_key, const SidecarSession& session);
/// Fails with ErrorCode::database; the message says what is damaged.
Result<Sidecar> decode(std::string_view bytes);

}  // namespace identity_file
}  // namespace papi::events
