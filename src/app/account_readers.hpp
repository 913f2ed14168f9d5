#pragma once

#include "auth/account_cache.hpp"
#include "events/session_access.hpp"

namespace papi::app {

/// The users and keys of auth/ as readers, with whom sessions can be shared. Any thread may call it.
class AccountReaders final : public events::ReaderDirectory {
 public:
  AccountReaders(const auth::AccountCache& cache, const Clock& clock) : cache_(cache), clock_(clock) {}
  /// Returns the active key of this id, or else the active user of this name. Returns nullopt if neither
  /// exists.
  std::optional<events::Reader> find(const std::string& name) const override;
  /// Returns the user or key of this id, also if it is disabled or has ended. Returns nullopt if it does not
  /// exist.
  std::optional<events::Reader> by_id(const std::string& id) const override;

 private:
  const auth::AccountCache& cache_;
  const Clock& clock_;
};

}  // namespace papi::app
