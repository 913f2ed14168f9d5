#pragma once

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

namespace papi::test {

/// While it lives, local time is that of `zone`, such as `Asia/Kolkata` or `IST-5:30`. Each thread keeps the
/// text of its last second: a test that sets another zone than UTC uses a second of its own.
class LocalZone {
 public:
  explicit LocalZone(const char* zone) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  ~LocalZone() {
    if (before_) {
      ::setenv("TZ", before_->c_str(), 1);
    } else {
      ::unsetenv("TZ");
    }
    ::tzset();
  }
  LocalZone(const LocalZone&) = delete;
  LocalZone& operator=(const LocalZone&) = delete;

 private:
  std::optional<std::string> before_;
};

}  // namespace papi::test
