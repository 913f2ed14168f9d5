#pragma once

#include <string>
#include <vector>

namespace papi::app {

/// Knows which files of a database a start has made, so that a failed start leaves none of them.
class NewFiles {
 public:
  /// Returns true if the lock file does not exist, so that taking the lock will make it.
  static bool lock_is_new(const std::string& path);
  /// Records which files exist. Call it while holding the lock, because another owner may make files before.
  /// `path` is the database's with symbolic links resolved. `lock_is_new` is what lock_is_new() returned
  /// before the lock was taken.
  NewFiles(const std::string& path, bool lock_is_new);

  /// Deletes the files that have come since. If the database existed before, its write-ahead log stays,
  /// because it may hold data. If a command has stored something in a new database, all files stay. Call it
  /// as the owner of the database, after all of its files are closed.
  void remove() const;

 private:
  std::string path_;
  bool database_is_new_;
  std::vector<std::string> absent_;
};

}  // namespace papi::app
