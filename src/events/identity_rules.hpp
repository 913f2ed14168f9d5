#pragma once

#include <optional>
#include <vector>

#include "events/identity_file.hpp"

namespace papi::events {

/// What the database says about itself.
struct DatabaseIdentity {
  std::string id;
  std::uint64_t generation = 0;
  std::uint64_t starts = 0;
  std::uint64_t deletions = 0;
};

struct DatabaseSession {
  SessionKey key;
  std::string epoch;
  Offset last_offset;
  bool running = false;  // according to the state that the last process stored
};

/// What a start finds in the database and in the identity file.
struct IdentityFacts {
  std::optional<DatabaseIdentity> database;  // nullopt: new, or written by a version without identities
  std::vector<DatabaseSession> sessions;
  std::optional<Sidecar> sidecar;  // the identity file; nullopt: missing or damaged
  bool sidecar_damaged = false;
  std::string boot_id;  // of the machine, now
};

struct IdentityVerdict {
  enum class Epochs {
    keep,
    renew_all,   // rolled back, perhaps: offsets that readers know may be used again
    renew_some,  // only those in `sessions`
  };
  Epochs epochs = Epochs::keep;
  const char* reason = "";           // for the application log; empty for keep
  std::vector<SessionKey> sessions;  // session keys, for renew_some
};

/// Decides whether the sessions keep their epochs. They keep them exactly if every event that a reader may
/// have been shown is certainly in the database, with the same offset.
IdentityVerdict judge(const IdentityFacts& facts);

}  // namespace papi::events
