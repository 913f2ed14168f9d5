#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.hpp"

namespace papi {

/// Host names that may be connected to: whole names, and `*.example.com` for all below it. No numbers, in no
/// notation.
class HostList {
 public:
  /// Comma-separated. The Error says what is wrong with which.
  static Result<HostList> parse(std::string_view list);
  /// False where it is neither a host name nor *.name. `entry`: in lower case.
  bool add(std::string_view entry);
  /// `host`: in lower case, without a port.
  bool contains(std::string_view host) const;

 private:
  std::vector<std::string> names_;     // whole names
  std::vector<std::string> suffixes_;  // ".example.com"
};

}  // namespace papi
