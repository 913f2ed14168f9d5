#pragma once

#include <string>

#include "platform/base/error.hpp"

namespace papi::sqlite {

/// Returns the absolute path with symbolic links resolved. The files that belong to a database stand beside
/// the file itself, not beside a link.
std::string real_path(const std::string& path);

/// Fails with DATABASE if SQLite would destroy the file's data, or if the file is not a database: a missing
/// or empty file with a write-ahead log beside it (SQLite would delete that log), a file shorter than a
/// header, or a header that is not SQLite's. A missing or empty file without a write-ahead log is a new
/// database. Changes nothing.
///
/// Call it before this process has opened the database: closing a descriptor of the file drops SQLite's locks
/// on it.
Result<void> check_database_file(const std::string& path);

}  // namespace papi::sqlite
