#include "app/new_files.hpp"

#include <filesystem>

#include "platform/sqlite/database.hpp"

namespace papi::app {
namespace {

bool is_there(const std::string& path) {
  std::error_code ec;
  return std::filesystem::symlink_status(path, ec).type() != std::filesystem::file_type::not_found;
}

/// Account commands need no lock, but each writes an audit record.
bool holds_work_of_a_command(const std::string& path) {
  auto database = sqlite::Database::open_to_read(path);
  if (!database) return false;
  try {
    auto row = database->prepare("SELECT 1 FROM audit_log WHERE username = '(command line)' LIMIT 1");
    return row.step();
  } catch (const sqlite::DatabaseFault&) {
    return false;  // the table does not exist yet
  }
}

}  // namespace

bool NewFiles::lock_is_new(const std::string& path) { return !is_there(path + ".lock"); }

NewFiles::NewFiles(const std::string& path, bool lock_is_new)
    : path_(path), database_is_new_(!is_there(path)) {
  // The lock file comes last: once it is gone, another process may start.
  for (const char* of_a_new_database : {"", "-wal", "-shm", "-journal"}) {
    if (database_is_new_ && !is_there(path + of_a_new_database)) absent_.push_back(path + of_a_new_database);
  }
  if (!is_there(path + ".identity")) absent_.push_back(path + ".identity");
  if (lock_is_new) absent_.push_back(path + ".lock");
}

void NewFiles::remove() const {
  if (database_is_new_ && is_there(path_) && holds_work_of_a_command(path_)) return;
  for (const std::string& file : absent_) {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
  }
}

}  // namespace papi::app
