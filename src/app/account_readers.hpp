#pragma once

#include "auth/identities.hpp"
#include "events/session_access.hpp"

namespace papi::app {

/// The users and keys of auth/ as those with whom sessions are shared. Any thread.
class AccountReaders final : public events::ReaderDirectory {
 public:
  AccountReaders(const auth::IdentityBook& book, const Clock& clock) : book_(book), clock_(clock) {}
  std::optional<events::Reader> find(const std::string& name) const override;
  std::optional<events::Reader> by_id(const std::string& id) const override;

 private:
  const auth::IdentityBook& book_;
  const Clock& clock_;
};

}  // namespace papi::app
