#pragma once

#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/settings.hpp"
#include "auth/stream_token.hpp"
#include "platform/base/clock.hpp"

namespace papi::app {

/// The commands `users`, `keys`, `stream-tokens` and `tokens`. Operators manage accounts with them, also when
/// nobody can log in. They work on the database, also while the service runs; the service notices a change
/// within half a second. A password comes from the terminal or a file and never from an argument, which
/// everybody on the machine could read.
class AccountCommands {
 public:
  /// Declares the commands. `cli` and this object must live until run().
  explicit AccountCommands(CLI::App& cli);

  /// Returns true if one of the commands was given.
  bool asked() const;
  /// Runs the command that was parsed. Returns the exit code: 0 done, 1 refused, 3 if a setting is wrong, 5
  /// if the database is damaged. The reason goes to standard error.
  int run(const Settings& settings, const Clock& clock) const;

 private:
  void declare_users(CLI::App& cli);
  void declare_keys(CLI::App& cli);
  void declare_stream_tokens(CLI::App& cli);
  void declare_tokens(CLI::App& cli);
  const CLI::App* parsed_group() const;
  CLI::App* command(CLI::App& group, const char* name, const char* what);

  struct Options {
    std::string user;
    std::string role = "user";
    std::string email;
    std::string password_file;
    std::string key_id;
    std::string key_name = "command line";
    std::string permissions;
    std::string token_id;
    std::vector<std::string> sessions;
    std::vector<std::string> types;
    std::vector<std::string> origins;
    std::int64_t seconds = auth::longest_token.count();
    std::int64_t days = 0;
    std::int64_t overlap_hours = 0;
    bool json = false;
  };
  friend class AccountCommand;
  Options options_;
  CLI::App* users_ = nullptr;
  CLI::App* keys_ = nullptr;
  CLI::App* stream_tokens_ = nullptr;
  CLI::App* tokens_ = nullptr;
};

}  // namespace papi::app
