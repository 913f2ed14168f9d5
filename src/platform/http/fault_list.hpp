#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.hpp"

namespace papi::http {

/// Collects the faults of one request, each under the name of its field, for one 400 that lists all of them
/// under `details.errors`. It keeps at most `max_listed` faults and counts the rest.
class FaultList {
 public:
  static constexpr std::size_t max_listed = 50;

  void add(std::string_view field, std::string_view what);
  /// Counts a fault without a text. Use it if the list is full(), to save the work of describing the fault.
  void add_undescribed() { ++unlisted_; }
  bool full() const { return faults_.size() >= max_listed; }
  /// Returns the Error with all faults, or nullopt if there are none.
  std::optional<Error> error() const;

 private:
  std::vector<FieldFault> faults_;
  std::size_t unlisted_ = 0;
};

/// Returns a text such as `; did you mean 'limit'?` if one of `known` is within two edits of `name`, else an
/// empty text. The time depends on `known` only, however long `name` is.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& known);

}  // namespace papi::http
