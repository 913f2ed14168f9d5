#include "platform/sqlite/owner_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "platform/sqlite/file_check.hpp"

namespace papi::sqlite {
namespace {

constexpr std::chrono::milliseconds between_tries{50};

bool is_at(int file, const std::string& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(file, &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

struct Try {
  int file = -1;    // the locked file, or -1
  int reason = 0;   // errno if it cannot be taken at all, else 0
  std::string who;  // the owner, if it is another
};

/// Returns "process 42 on host web-1", as the owner wrote it.
std::string owner_in(int file) {
  char text[320];
  const auto size = ::pread(file, text, sizeof text, 0);
  const std::string_view line(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::string_view first = line.substr(0, line.find('\n'));
  return first.empty() ? "another process" : std::string(first);
}

void write_owner(int file) {
  char host[256] = "unknown";
  ::gethostname(host, sizeof host - 1);
  const std::string line = "process " + std::to_string(::getpid()) + " on host " + host + "\n";
  // The text is for people only. The lock holds without it.
  if (::ftruncate(file, 0) == 0) (void)!::pwrite(file, line.data(), line.size(), 0);
}

Try try_to_take(const std::string& path) {
  for (;;) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (file < 0) return {-1, errno, {}};
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
      const int reason = errno;
      Try failed{-1, reason == EWOULDBLOCK ? 0 : reason, owner_in(file)};
      ::close(file);
      return failed;
    }
    if (is_at(file, path)) {
      write_owner(file);
      return {file, 0, {}};
    }
    ::close(file);  // the file was deleted between opening and locking
  }
}

}  // namespace

Result<OwnerLock> OwnerLock::take(const std::string& database_path, std::chrono::milliseconds limit,
                                  const Pause& pause, Logger& log) {
  const std::string path = real_path(database_path) + ".lock";
  const auto until = std::chrono::steady_clock::now() + limit;
  for (bool logged = false;; logged = true) {
    Try now = try_to_take(path);
    if (now.file >= 0) return OwnerLock(path, now.file);
    if (now.reason != 0) {
      return Error(ErrorCode::database, "the lock file '" + path +
                                            "' cannot be used: " + std::strerror(now.reason) +
                                            ". The service must be able to write in the database's folder");
    }
    if (std::chrono::steady_clock::now() >= until) {
      return Error(ErrorCode::conflict, "the database '" + database_path + "' is in use by " + now.who +
                                            ". A database is served by one process: stop that one first, or "
                                            "give this one another DATABASE_URL");
    }
    if (!logged) log.info("Waiting for the owner of the database to end", {{"owner", now.who}});
    if (!pause(between_tries)) return Error(ErrorCode::unavailable, "stopped before the database was free");
  }
}

std::optional<std::string> OwnerLock::owner_of(const std::string& database_path) {
  const std::string path = real_path(database_path) + ".lock";
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::optional<std::string> owner;
  if (::flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) owner = owner_in(file);
  ::close(file);
  return owner;
}

OwnerLock::OwnerLock(OwnerLock&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)) {}

OwnerLock::~OwnerLock() {
  if (file_ >= 0) ::close(file_);
}

bool OwnerLock::holds() {
  if (is_at(file_, path_)) return true;
  const Try again = try_to_take(path_);
  if (again.file < 0) return false;
  ::close(std::exchange(file_, again.file));
  return true;
}

}  // namespace papi::sqlite
