#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/http/exchange.hpp"
#include "platform/http/fault_list.hpp"

namespace papi::http {

/// Reads a JSON object body field by field and collects every fault. Bad JSON, and duplicate, missing,
/// unknown and ill-typed fields come back in one Error. Ask for each field, then call fault(). A field that
/// is missing or wrong is returned as nullopt, and a wrong one is recorded as a fault.
class JsonBody {
 public:
  explicit JsonBody(const Request& request);

  /// For a route that takes no fields. Returns nullopt if there is no body or an empty object, else the
  /// faults.
  static std::optional<Error> unexpected(const Request& request);

  std::optional<std::string> string(std::string_view name, bool required = false);
  /// Returns a string, or a whole number from 0 on as its digits. Ids may come as numbers, and may have more
  /// digits than a double keeps.
  std::optional<std::string> string_or_number(std::string_view name);
  /// Returns the strings of an array. An element that is not a string becomes nullopt and is recorded as a
  /// fault. If the array has fewer than `at_least` or more than `at_most` elements, that is a fault and the
  /// result is empty.
  std::vector<std::optional<std::string>> strings(std::string_view name, std::size_t at_least,
                                                  std::size_t at_most, bool required = true);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t low, std::int64_t high);
  bool has(std::string_view name) const {
    return object_.contains(json::string_view(name.data(), name.size()));
  }
  std::optional<bool> boolean(std::string_view name);
  /// Records a fault that the caller found in a field's value.
  void reject(std::string_view field, std::string_view what);

  /// Records that neither of two alternative fields was given.
  void reject_missing(std::string_view field, std::string_view alternative);

  /// Call after all fields were asked for. Returns nullopt, or one 400 with the faults under details.errors
  /// (at most FaultList::max_listed of them).
  std::optional<Error> fault();

 private:
  const json::value* take(std::string_view name, bool required);

  json::object object_;
  bool readable_ = false;
  std::vector<std::string> known_;
  FaultList faults_;
};

/// Reads `text` as a whole number from `low` to `high`. Fails with VALIDATION for the field `name`.
Result<std::int64_t> integer_within(std::string_view name, std::string_view text, std::int64_t low,
                                    std::int64_t high);

}  // namespace papi::http
