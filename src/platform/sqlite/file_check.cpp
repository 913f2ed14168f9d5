#include "platform/sqlite/file_check.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "platform/sqlite/file_header.hpp"

namespace papi::sqlite {
namespace {

// https://www.sqlite.org/fileformat2.html#the_database_header
constexpr std::string_view magic("SQLite format 3\0", 16);

using Header = std::array<unsigned char, file_header_bytes>;

bool is_header(const Header& header) {
  if (std::memcmp(header.data(), magic.data(), magic.size()) != 0) return false;
  const unsigned page = header[16] * 256u + header[17];
  const bool page_size = page == 1 || (page >= 512 && page <= 32'768 && (page & (page - 1)) == 0);
  const bool versions = header[18] >= 1 && header[18] <= 2 && header[19] >= 1 && header[19] <= 2;
  return page_size && versions && header[21] == 64 && header[22] == 32 && header[23] == 32;
}

std::uint64_t size_of(const std::string& path, int& reason) {
  struct stat found {};
  reason = ::stat(path.c_str(), &found) == 0 ? 0 : errno;
  return reason == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
}

Error refused(const std::string& what) {
  return Error(ErrorCode::database, what +
                                        ". Nothing was changed: restore the database from a backup, or move "
                                        "the file away to begin an empty one");
}

Result<Header> read_header(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return Error(ErrorCode::database,
                 "the database '" + path + "' cannot be opened: " + std::strerror(errno));
  Header header{};
  const auto size = ::pread(file, header.data(), header.size(), 0);
  const int reason = errno;
  ::close(file);
  if (size < 0)
    return Error(ErrorCode::database, "the database '" + path + "' cannot be read: " + std::strerror(reason));
  return header;
}

}  // namespace

std::string real_path(const std::string& path) {
  std::error_code ec;
  const auto real = std::filesystem::weakly_canonical(std::filesystem::absolute(path), ec);
  return ec ? path : real.string();
}

Result<void> check_database_file(const std::string& path) {
  int reason = 0;
  const std::uint64_t size = size_of(path, reason);
  if (reason != 0 && reason != ENOENT)
    return Error(ErrorCode::database, "the database '" + path + "' cannot be used: " + std::strerror(reason));
  if (size == 0) {
    int no_log = 0;
    if (size_of(path + "-wal", no_log) == 0) return {};
    const std::string state = reason == ENOENT ? "does not exist" : "is empty";
    return Error(ErrorCode::database,
                 "the database '" + path + "' " + state + ", but its write-ahead log '" + path +
                     "-wal' holds data that belongs to the lost file. Nothing was changed: put the database "
                     "file back or restore a backup, or move the log away to begin an empty database");
  }
  if (size < file_header_bytes) {
    return refused("the file '" + path + "' is no SQLite database: it has " + std::to_string(size) +
                   " bytes, fewer than a header");
  }
  TRY(const Header header, read_header(path));
  if (!is_header(header))
    return refused("the file '" + path + "' is no SQLite database: its header is damaged");
  return {};
}

}  // namespace papi::sqlite
