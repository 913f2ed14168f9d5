#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <string>

#include "app/settings.hpp"

namespace papi::app {

/// The command `log-level`: changes the level of the application log of a running service for a time. It
/// calls POST /monitoring/log-level with PROFILE_API_KEY, or with ADMIN_API_KEY, at `--url`. Without `--url`
/// it calls the service of these settings on this machine.
class LogLevelCommand {
 public:
  /// Declares the command. `cli` and this object must live until run().
  explicit LogLevelCommand(CLI::App& cli);

  /// Returns true if the command was given.
  bool asked() const { return command_->parsed(); }
  /// Runs it. Returns the exit code: 0 changed, 1 refused or not reached, 3 if a setting or argument is
  /// wrong. The reason goes to standard error.
  int run(const Settings& settings) const;

 private:
  Result<std::string> address(const Settings& settings) const;
  Result<std::string> call(const std::string& url, const std::string& key) const;

  std::string level_;
  std::string component_;
  std::int64_t seconds_ = 900;
  std::string url_;
  CLI::App* command_ = nullptr;
};

}  // namespace papi::app
