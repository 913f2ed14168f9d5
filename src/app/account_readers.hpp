#pragma once

#include "auth/account_cache.hpp"
#include "events/session_access.hpp"

namespace papi::app {

/// The users and keys of auth/ as readers, with whom sessions can be shared. Any thread may call it.
class AccountReaders final : public events::ReaderDirectory {
 public:
  AccountReaders(const auth::AccountCache& cache, const Clock& clock) : cache_(cache), clock_(clock) {}
  /// Finds an active user or key by id of a key or by username. Returns nullopt if there is none.
  std::optional<events::Reader> find(const std::string& name) const override;
  /// Finds a user or key by its id, also if it is disabled or has ended. Returns nullopt if it does not
  /// exist.
  std::optional<events::Reader> by_id(const std::string& id) const override;

 private:
  const auth::AccountCache& cache_;
  const Clock& clock_;
};

}  // namespace papi::app
