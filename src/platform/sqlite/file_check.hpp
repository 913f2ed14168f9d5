#pragma once

#include <string>

#include "platform/base/error.hpp"

namespace papi::sqlite {

/// The absolute path behind symbolic links: what belongs to a database stands beside the file itself.
std::string real_path(const std::string& path);

/// Refuses a file that SQLite would destroy or that is no database: a missing or empty file with a
/// write-ahead log beside it (SQLite deletes that log), a file shorter than a header, a header that is not
/// SQLite's. A missing or empty file without a log is a new database. Changes nothing.
///
/// Call it before this process has opened the database: closing a file of it drops SQLite's locks on it.
Result<void> check_database_file(const std::string& path);

}  // namespace papi::sqlite
