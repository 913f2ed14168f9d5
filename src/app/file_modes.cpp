#include "app/file_modes.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstring>

namespace papi::app {

void narrow_modes(const std::vector<std::string>& files, Logger& log) {
  constexpr mode_t permissions = 07777, most = 0640;
  for (const std::string& file : files) {
    struct stat now {};
    if (::stat(file.c_str(), &now) != 0 || !S_ISREG(now.st_mode)) continue;
    const mode_t before = now.st_mode & permissions, after = before & most;
    if (before == after) continue;
    const std::string was = fmt::format("{:04o}", before), is = fmt::format("{:04o}", after);
    if (::chmod(file.c_str(), after) == 0) {
      log.warning("File mode narrowed", {{"file", file}, {"was", was}, {"is", is}});
    } else {
      log.warning("A file may be read by others and its mode cannot be changed",
                  {{"file", file}, {"mode", was}, {"reason", std::strerror(errno)}});
    }
  }
}

}  // namespace papi::app
