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

/// Reads a JSON object body field by field and gathers every fault: bad JSON, duplicate, missing, unknown and
/// ill-typed fields come back in one Error. Ask for each field, then call fault().
class JsonBody {
 public:
  explicit JsonBody(const Request& request);

  /// For a route that takes no fields: nothing where there is no body, or an empty object.
  static std::optional<Error> unexpected(const Request& request);

  std::optional<std::string> string(std::string_view name, bool required = false);
  /// A string, or a whole number from 0 on as its digits: ids have more of them than a double keeps.
  std::optional<std::string> string_or_number(std::string_view name);
  /// An array of strings, of that many; nothing in the place of an element that is none.
  std::vector<std::optional<std::string>> strings(std::string_view name, std::size_t at_least,
                                                  std::size_t at_most, bool required = true);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t low, std::int64_t high);
  bool has(std::string_view name) const {
    return object_.contains(json::string_view(name.data(), name.size()));
  }
  std::optional<bool> boolean(std::string_view name);
  /// Adds a fault that the caller found in a field's value.
  void reject(std::string_view field, std::string_view what);

  /// Neither of two alternatives was given.
  void reject_missing(std::string_view field, std::string_view alternative);

  /// After all fields were asked for: nothing, or one 400 with the faults under details.errors (see FaultList
  /// for how many).
  std::optional<Error> fault();

 private:
  const json::value* take(std::string_view name, bool required);

  json::object object_;
  bool readable_ = false;
  std::vector<std::string> known_;
  FaultList faults_;
};

/// `text` as a whole number within bounds, or an Error that calls it `name`.
Result<std::int64_t> integer_within(std::string_view name, std::string_view text, std::int64_t low,
                                    std::int64_t high);

}  // namespace papi::http
