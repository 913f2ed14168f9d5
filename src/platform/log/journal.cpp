#include "platform/log/journal.hpp"

#include <sys/stat.h>

#include <iterator>
#include <string>

#include "platform/base/enum_count.hpp"

namespace papi {

bool is_journal_stream(int descriptor, const char* stream) {
  struct stat now {};
  if (!stream || ::fstat(descriptor, &now) != 0) return false;
  return std::to_string(now.st_dev) + ":" + std::to_string(now.st_ino) == stream;
}

char journal_priority(LogLevel level) {
  constexpr char priorities[] = {'7', '6', '4', '3', '2'};
  static_assert(std::size(priorities) == enum_count<LogLevel>());
  return priorities[static_cast<std::size_t>(level)];
}

}  // namespace papi
