#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/base/clock.hpp"
#include "platform/http/fault_list.hpp"
#include "platform/http/message.hpp"

namespace papi::http {

/// Reads query parameters one by one and collects every fault, as JsonBody does for a body. Ask for each
/// parameter, then call fault(). If a parameter is absent or wrong, the fallback is returned. If it is
/// repeated, its first value counts.
class QueryReader {
 public:
  explicit QueryReader(const Request& request) : values_(request.query_values()) {}

  /// Returns the decoded value, or nullopt if the parameter is absent.
  std::optional<std::string> text(std::string_view name) const;
  std::int64_t integer(std::string_view name, std::int64_t fallback, std::int64_t low, std::int64_t high);
  /// Reads Unix milliseconds or an RFC 3339 time.
  UnixMs time(std::string_view name, UnixMs fallback);
  /// Records a fault that the caller found in a value.
  void reject(std::string_view name, std::string_view what) { faults_.add(name, what); }

  /// Returns one 400 with the faults under details.errors, or nullopt.
  std::optional<Error> fault() const { return faults_.error(); }

 private:
  std::vector<std::pair<std::string, std::string>> values_;
  FaultList faults_;
};

}  // namespace papi::http
