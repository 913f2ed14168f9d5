#pragma once

#include <string>
#include <vector>

namespace papi::app {

/// Which files of a database a start has made, so that a start that fails leaves none behind.
class NewFiles {
 public:
  /// Notes what is there now. `path`: the database's, behind symbolic links.
  explicit NewFiles(std::string path);

  /// Deletes what has come since. If the database itself was there before, its write-ahead log stays: it may
  /// hold data. Call it as the database's owner, when everything of it is closed.
  void remove() const;

 private:
  bool database_is_new_;
  std::vector<std::string> absent_;
};

}  // namespace papi::app
