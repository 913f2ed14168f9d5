#pragma once

#include <optional>
#include <vector>

#include "events/identity_file.hpp"

namespace papi::events {

/// What the database says of itself.
struct DatabaseIdentity {
  std::string id;
  std::uint64_t generation = 0;
  std::uint64_t starts = 0;
  std::uint64_t deletions = 0;
};

struct DatabaseSession {
  std::int64_t key = 0;
  std::string epoch;
  std::uint64_t last_offset = 0;
  bool running = false;  // its state, as the last process left it
};

/// Both sides, as they are found at a start.
struct IdentityFacts {
  std::optional<DatabaseIdentity> database;  // nullopt: written by a version without identities, or new
  std::vector<DatabaseSession> sessions;
  std::optional<Sidecar> sidecar;  // nullopt: missing or damaged
  bool sidecar_damaged = false;
  std::string boot_id;  // of the machine now
};

struct IdentityVerdict {
  enum class Epochs {
    keep,
    renew_all,   // the log may have been rolled back: offsets that readers know may be given out again
    renew_some,  // only of `sessions`
  };
  Epochs epochs = Epochs::keep;
  const char* reason = "";             // for the application log; empty for keep
  std::vector<std::int64_t> sessions;  // keys, for renew_some
};

/// Decides whether the sessions go on with their epochs. Epochs are kept exactly if every event that a reader
/// may have been shown is certain to be in the database, under its number.
IdentityVerdict judge(const IdentityFacts& facts);

}  // namespace papi::events
