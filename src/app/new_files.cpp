#include "app/new_files.hpp"

#include <filesystem>

namespace papi::app {
namespace {

bool is_there(const std::string& path) {
  std::error_code ec;
  return std::filesystem::symlink_status(path, ec).type() != std::filesystem::file_type::not_found;
}

}  // namespace

NewFiles::NewFiles(std::string path) : database_is_new_(!is_there(path)) {
  // The lock last: whoever finds none may begin.
  for (const char* of_a_new_database : {"", "-wal", "-shm", "-journal"}) {
    if (database_is_new_ && !is_there(path + of_a_new_database)) absent_.push_back(path + of_a_new_database);
  }
  for (const char* beside : {".identity", ".lock"}) {
    if (!is_there(path + beside)) absent_.push_back(path + beside);
  }
}

void NewFiles::remove() const {
  for (const std::string& file : absent_) {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
  }
}

}  // namespace papi::app
