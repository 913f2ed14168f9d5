#pragma once

#include <string_view>

#include "platform/base/error.hpp"
#include "platform/base/secret.hpp"

namespace papi::events {

/// Keeps the secrets that belong to this installation. They are part of its data, so a copy of the data has
/// the same secrets.
class InstallationStore {
 public:
  virtual ~InstallationStore() = default;

  /// Returns the secret of that name. If there is none, stores one of `bytes` random bytes first. Processes
  /// that begin at the same moment get the same secret. Blocking; call it at start only. Fails with
  /// DATABASE, also if the stored secret has another length, or with UNAVAILABLE if the database is away.
  virtual Result<Secret> secret(std::string_view name, std::size_t bytes) = 0;
};

}  // namespace papi::events
