#pragma once

#include <cstdint>
#include <string>

#include "platform/sqlite/database.hpp"

namespace papi::sqlite {

/// Bytes of a database file's header.
inline constexpr std::size_t file_header_bytes = 100;

/// What the first bytes of a database file say. In WAL mode they change by checkpoints only.
/// Source: https://www.sqlite.org/fileformat2.html#the_database_header
struct FileHeader {
  std::uint32_t user_version = 0;
  std::uint32_t changes = 0;      // grows with each change of the first page
  std::uint64_t should_have = 0;  // bytes of all pages; 0: not known
  std::uint64_t has = 0;          // bytes of the file

  /// Reads past SQLite's cache and its write-ahead log. An Error if the file has no whole header.
  static Result<FileHeader> read(Database& database);
};

/// Gives the database a new random user_version, so that an older copy of the file can be told from it.
/// Returns it. Throws DatabaseFault.
std::uint32_t stamp_file(Database& database);

/// Judges what is read of a file that only SQLite may change. Pure.
class FileHistory {
 public:
  /// A checkpoint writes the first page before the others: for so many looks the file may be too short.
  static constexpr int short_looks = 3;

  /// `stamp`: what stamp_file() returned; 0: the file has none.
  explicit FileHistory(std::uint32_t stamp) : stamp_(stamp) {}

  /// True: the file may be the one that was there at the last look. Else another one was written over it, or
  /// it was cut. Each look is compared with the last plausible one.
  bool plausible(const FileHeader& now);

 private:
  const std::uint32_t stamp_;
  bool begun_ = false;
  bool stamped_ = false;  // the stamp has reached the file
  FileHeader last_;       // the last plausible one
  int short_ = 0;         // looks
  std::uint64_t short_bytes_ = 0;
};

}  // namespace papi::sqlite
