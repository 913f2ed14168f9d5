#include "platform/log/log_rotation.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

namespace papi {
namespace {

namespace fs = std::filesystem;

constexpr UnixMs retry_after_failure = 60'000;
constexpr int most_of_one_second = 100;

/// Returns a date such as `2026-11-27`, in local time.
std::string date_of(UnixMs time) {
  std::string text;
  append_local_time(text, time);
  text.resize(10);
  return text;
}

/// Returns a text such as `20261127-235959`.
std::string stamp_of(UnixMs time) {
  std::string text;
  append_local_time(text, time);
  std::erase(text, '-');
  std::erase(text, ':');
  std::replace(text.begin(), text.end(), ' ', '-');
  return text;
}

/// Returns true for what stamp_of() returns, also with `-2` and so on behind it.
bool is_stamp(std::string_view text) {
  constexpr std::size_t date = 8, time = 15;
  if (text.size() < time || text[date] != '-') return false;
  if (text.size() > time && (text[time] != '-' || text.size() == time + 1)) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == date || i == time;
    if (!hyphen && (text[i] < '0' || text[i] > '9')) return false;
  }
  return true;
}

/// Renames without replacing a file. Returns 0, or the error.
int rename_to_new(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;  // some file systems do not have it
  struct stat there {};
  if (::lstat(to.c_str(), &there) == 0) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

Error failed(int error) { return Error(ErrorCode::internal, std::strerror(error)); }

}  // namespace

int open_log_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0640);
  if (file >= 0) ::fcntl(file, F_SETFL, O_APPEND);  // O_NONBLOCK has no meaning for files
  return file;
}

void LogRotation::opened(int descriptor) {
  struct stat now {};
  regular_ = ::fstat(descriptor, &now) == 0 && S_ISREG(now.st_mode);
  size_ = regular_ ? static_cast<std::uint64_t>(now.st_size) : 0;
  last_write_ = static_cast<UnixMs>(now.st_mtim.tv_sec) * 1'000;
}

bool LogRotation::due(std::size_t bytes) const {
  if (!regular_ || size_ == 0 || bytes == 0) return false;
  const bool full = options_.max_bytes > 0 && size_ + bytes > options_.max_bytes;
  if (!full && !options_.daily) return false;
  const UnixMs now = options_.now();
  return now >= next_try_ && (full || date_of(now) > date_of(last_write_));
}

Result<int> LogRotation::rotate(int descriptor) {
  next_try_ = options_.now() + retry_after_failure;
  struct stat ours {
  }, there{};
  const bool same = ::fstat(descriptor, &ours) == 0 && ::stat(options_.path.c_str(), &there) == 0 &&
                    ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
  if (same) {
    if (auto renamed = rename(); !renamed) return renamed.error();
  }
  const int file = open_log_file(options_.path);
  if (file < 0) return failed(errno);
  next_try_ = 0;
  opened(file);
  delete_oldest();
  return file;
}

Result<void> LogRotation::rename() {
  const std::string name = options_.path + "." + stamp_of(last_write_);
  int error = rename_to_new(options_.path, name);
  for (int i = 2; error == EEXIST && i < most_of_one_second; ++i)
    error = rename_to_new(options_.path, name + "-" + std::to_string(i));
  if (error != 0) return failed(error);
  return {};
}

void LogRotation::delete_oldest() const {
  const fs::path path(options_.path);
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const std::string begin = path.filename().string() + ".";
  std::vector<std::string> rotated;
  std::error_code ec;
  for (auto at = fs::directory_iterator(folder, ec); !ec && at != fs::directory_iterator();
       at.increment(ec)) {
    std::string name = at->path().filename().string();
    if (name.starts_with(begin) && is_stamp(std::string_view(name).substr(begin.size())))
      rotated.push_back(std::move(name));
  }
  if (rotated.size() <= options_.keep) return;
  std::sort(rotated.begin(), rotated.end());
  rotated.resize(rotated.size() - options_.keep);
  for (const std::string& name : rotated) fs::remove(folder / name, ec);
}

void LogRotation::wrote(std::size_t bytes) {
  size_ += bytes;
  if (options_.daily || options_.max_bytes > 0) last_write_ = options_.now();
}

}  // namespace papi
