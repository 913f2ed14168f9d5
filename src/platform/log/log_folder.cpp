#include "platform/log/log_folder.hpp"

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

constexpr mode_t new_folder_mode = 0750;

struct Folders {
  fs::path existing;              // the innermost that exists
  std::vector<fs::path> missing;  // within it, the outermost first
};

Folders folders_of(const std::string& file) {
  Folders folders;
  std::error_code ec;
  fs::path folder = fs::path(file).parent_path();
  while (!folder.empty() && !fs::exists(fs::symlink_status(folder, ec))) {
    if (!folder.filename().empty()) folders.missing.push_back(folder);
    folder = folder.parent_path();
  }
  folders.existing = folder.empty() ? fs::path(".") : folder;
  std::reverse(folders.missing.begin(), folders.missing.end());
  return folders;
}

std::optional<std::string> fault_of(const Folders& folders) {
  if (folders.missing.empty()) return std::nullopt;
  const std::string around = "'" + folders.existing.string() + "'";
  const std::string refused =
      "the folder '" + folders.missing.back().string() + "' does not exist and is not made: ";
  const bool goes_up = std::any_of(folders.missing.begin(), folders.missing.end(),
                                   [](const fs::path& folder) { return folder.filename() == ".."; });
  if (goes_up) return refused + "its path has '..'";
  struct stat now {};
  if (::stat(folders.existing.c_str(), &now) != 0 || !S_ISDIR(now.st_mode))
    return refused + around + " is no folder";
  if (now.st_uid != 0 && now.st_uid != ::geteuid()) return refused + around + " belongs to another user";
  if ((now.st_mode & S_IWOTH) != 0 && (now.st_mode & S_ISVTX) == 0)
    return refused + "everybody may change " + around;
  if (::access(folders.existing.c_str(), W_OK | X_OK) != 0) return refused + around + " cannot be written";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> log_folder_fault(const std::string& file) { return fault_of(folders_of(file)); }

std::optional<std::string> make_log_folder(const std::string& file) {
  const Folders folders = folders_of(file);
  if (auto fault = fault_of(folders)) return fault;
  for (const fs::path& folder : folders.missing) {
    if (::mkdir(folder.c_str(), new_folder_mode) == 0) continue;
    return "the folder '" + folder.string() + "' cannot be made: " + std::strerror(errno);
  }
  return std::nullopt;
}

}  // namespace papi
