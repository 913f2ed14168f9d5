#pragma once

#include <string>
#include <vector>

namespace papi::app {

/// Which files of a database a start has made, so that a start that fails leaves none behind.
class NewFiles {
 public:
  /// Whether a start that takes the lock of the database will make its file.
  static bool lock_is_new(const std::string& path);
  /// Notes what is there now, beside the lock, which the caller holds: until then another owner may make
  /// files. `path`: the database's, behind symbolic links. `lock_is_new`: as it was before the lock was
  /// taken.
  NewFiles(const std::string& path, bool lock_is_new);

  /// Deletes what has come since. If the database itself was there before, its write-ahead log stays: it may
  /// hold data; and if a command has stored something in the new one, all of it stays. Call it as the
  /// database's owner, when everything of it is closed.
  void remove() const;

 private:
  std::string path_;
  bool database_is_new_;
  std::vector<std::string> absent_;
};

}  // namespace papi::app
