#include "access/rate_rules.hpp"

#include <iterator>

namespace papi::rate_rule {

std::string_view name_of(http::RateRule rule) {
  constexpr std::string_view names[] = {"none", "api", "auth", "connect", "websocket", "strict"};
  static_assert(std::size(names) == count);
  return names[static_cast<std::size_t>(rule)];
}

}  // namespace papi::rate_rule
