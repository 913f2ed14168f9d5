#include "platform/sqlite/file_header.hpp"

#include <array>

#include "platform/base/random.hpp"

namespace papi::sqlite {
namespace {

constexpr std::size_t page_size_at = 16, changes_at = 24, pages_at = 28, version_at = 60, valid_for_at = 92;

using Bytes = std::array<unsigned char, file_header_bytes>;

std::uint32_t number(const Bytes& bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at]) << 24 | static_cast<std::uint32_t>(bytes[at + 1]) << 16 |
         static_cast<std::uint32_t>(bytes[at + 2]) << 8 | bytes[at + 3];
}

std::uint32_t page_size(const Bytes& bytes) {
  const std::uint32_t size = bytes[page_size_at] * 256u + bytes[page_size_at + 1];
  return size == 1 ? 65'536 : size;
}

}  // namespace

Result<FileHeader> FileHeader::read(Database& database) {
  // Read through SQLite's own descriptor: closing another descriptor of this file would drop SQLite's locks.
  sqlite3_file* file = nullptr;
  const int found =
      sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file));
  if (found != SQLITE_OK || !file || !file->pMethods)
    return Error(ErrorCode::database, "the database file is not open");
  Bytes bytes{};
  sqlite3_int64 size = 0;
  if (file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), 0) != SQLITE_OK ||
      file->pMethods->xFileSize(file, &size) != SQLITE_OK)
    return Error(ErrorCode::database, "the database file has no header");
  FileHeader header;
  header.user_version = number(bytes, version_at);
  header.changes = number(bytes, changes_at);
  if (number(bytes, valid_for_at) == header.changes)
    header.should_have = std::uint64_t{number(bytes, pages_at)} * page_size(bytes);
  header.has = static_cast<std::uint64_t>(size);
  return header;
}

std::uint32_t stamp_file(Database& database) {
  constexpr std::uint64_t most = 0x7fff'ffff;  // the pragma takes a signed number
  const auto stamp = static_cast<std::uint32_t>(1 + Random::from_system().next() % most);
  database.execute(("PRAGMA user_version=" + std::to_string(stamp)).c_str());
  database.execute("PRAGMA wal_checkpoint(PASSIVE)");
  return stamp;
}

bool FileHistory::plausible(const FileHeader& now) {
  if (!begun_) {
    begun_ = true;
    last_ = now;
  }
  const bool stamped = stamp_ != 0 && now.user_version == stamp_;
  const bool same_file = stamped || (!stamped_ && now.user_version == last_.user_version);
  const auto newer = static_cast<std::int32_t>(now.changes - last_.changes);  // the counter wraps around
  if (!same_file || newer < 0) return false;
  const bool too_short = now.has < now.should_have;
  short_ = too_short && now.has == short_bytes_ ? short_ + 1 : static_cast<int>(too_short);
  short_bytes_ = now.has;
  if (short_ >= short_looks) return false;
  stamped_ = stamped;
  last_ = now;
  return true;
}

}  // namespace papi::sqlite
