#pragma once

#include <cstdint>
#include <string>

#include "platform/sqlite/database.hpp"

namespace papi::sqlite {

/// The size of a database file's header, in bytes.
inline constexpr std::size_t file_header_bytes = 100;

/// The header of a database file. In WAL mode only a checkpoint changes it. Source:
/// https://www.sqlite.org/fileformat2.html#the_database_header
struct FileHeader {
  std::uint32_t user_version = 0;
  std::uint32_t changes = 0;      // grows with each change of the first page
  std::uint64_t should_have = 0;  // bytes of all pages; 0: not known
  std::uint64_t has = 0;          // bytes of the file

  /// Reads the file itself, not SQLite's cache or its write-ahead log. Fails with DATABASE if the file has no
  /// complete header.
  static Result<FileHeader> read(Database& database);
};

/// Gives the database a new random user_version, and returns it. So an older copy of the file can be told
/// from the current one. Throws DatabaseFault.
std::uint32_t stamp_file(Database& database);

/// Compares successive headers of a file that only SQLite may change. No I/O.
class FileHistory {
 public:
  /// A checkpoint writes the first page before the others. So the file may be too short for fewer than this
  /// many looks in a row that find the same size.
  static constexpr int short_looks = 3;

  /// `stamp` is what stamp_file() returned. 0: the file has no stamp.
  explicit FileHistory(std::uint32_t stamp) : stamp_(stamp) {}

  /// Returns true if the file can be the one of the last look. Returns false if another file was written over
  /// it, or it was cut. Each look is compared with the last plausible one.
  bool plausible(const FileHeader& now);

 private:
  const std::uint32_t stamp_;
  bool begun_ = false;
  bool stamped_ = false;  // the stamp has reached the file
  FileHeader last_;       // of the last plausible look
  int short_ = 0;         // successive looks at a file that is too short
  std::uint64_t short_bytes_ = 0;
};

}  // namespace papi::sqlite
