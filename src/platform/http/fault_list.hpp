#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.hpp"

namespace papi::http {

/// The faults of one request, each under the name of its field, as one 400 with all of them under
/// `details.errors`. Keeps at most `max_listed` of them and counts the rest.
class FaultList {
 public:
  static constexpr std::size_t max_listed = 50;

  void add(std::string_view field, std::string_view what);
  /// For a caller who saves the work of describing a fault once the list is full().
  void add_undescribed() { ++unlisted_; }
  bool full() const { return faults_.size() >= max_listed; }
  std::optional<Error> error() const;

 private:
  struct Fault {
    std::string field, what;
  };
  std::vector<Fault> faults_;
  std::size_t unlisted_ = 0;
};

/// `; did you mean 'limit'?` if one of `known` is within two edits of `name`, else nothing. However long
/// `name` is, this takes time in proportion to `known` only.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& known);

}  // namespace papi::http
