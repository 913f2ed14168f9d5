#pragma once

#include <memory>

#include "app/settings.hpp"
#include "auth/account_store.hpp"
#include "platform/base/run_here.hpp"
#include "platform/log/logger.hpp"

namespace papi::app {

/// The accounts of an installation, for a command. The service may be running on it meanwhile.
class AccountAccess {
 public:
  AccountAccess() = default;
  AccountAccess(const AccountAccess&) = delete;
  AccountAccess& operator=(const AccountAccess&) = delete;
  virtual ~AccountAccess() = default;

  virtual auth::AccountStore& accounts() = 0;
  /// Whether a service runs on the installation now.
  virtual bool is_served() = 0;
};

/// Opens the installation that the settings name and brings its tables to those of this program. Fails with
/// DATABASE if it is damaged. `here` must outlive the result.
Result<std::unique_ptr<AccountAccess>> open_accounts(const Settings& settings, RunHere& here, Logger& log);

}  // namespace papi::app
