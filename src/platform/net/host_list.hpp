#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.hpp"

namespace papi {

/// The host names that may be connected to. An entry is a whole name with at least one dot, or
/// `*.example.com` for all names below example.com. IP addresses are never accepted, in no notation.
class HostList {
 public:
  /// Reads a list separated by commas. Fails with VALIDATION at the first entry that is malformed; the
  /// message names the entry.
  static Result<HostList> parse(std::string_view list);
  /// Adds an entry in lower case. Returns false if it is neither a host name nor *.name.
  bool add(std::string_view entry);
  /// Returns true if `host` (in lower case, without a port) is in the list.
  bool contains(std::string_view host) const;

 private:
  std::vector<std::string> names_;     // whole names
  std::vector<std::string> suffixes_;  // ".example.com"
};

}  // namespace papi
