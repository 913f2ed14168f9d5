#pragma once

#include <CLI/App.hpp>
#include <string>

namespace papi::app {

/// The command `db copy`: copies a whole installation from one database to another, verifies the copy, and
/// goes on where an earlier run was interrupted. It needs no settings. Both databases are owned meanwhile, so
/// no service may run on either.
///
/// A URL may hold a password, which an argument shows in the process list. So each URL can also be the
/// content of a file, as with the settings: see config::read_secret_file().
class CopyCommand {
 public:
  /// Declares the command. `cli` and this object must live until run().
  explicit CopyCommand(CLI::App& cli);

  /// Returns true if the command was given.
  bool asked() const { return command_->parsed(); }
  /// Runs it. Returns the exit code: 0 copied and verified, 1 refused or different, 3 bad arguments, 4 a
  /// database is in use, 5 a database cannot be read or written. The reason goes to standard error.
  int run() const;

 private:
  struct Place {
    std::string url;
    std::string file;  // whose content is the URL
    std::string schema;
  };
  friend class CopyRun;

  Place from_, to_;
  bool replace_text_ = false;
  CLI::App* command_ = nullptr;
};

}  // namespace papi::app
