#pragma once

#include <cstddef>
#include <string_view>

#include "platform/http/rate_rule.hpp"

/// The rate limit rules of this service.
namespace papi::rate_rule {

inline constexpr http::RateRule api = http::RateRule::standard;
inline constexpr http::RateRule auth{2};
inline constexpr http::RateRule connect{3};
inline constexpr http::RateRule websocket{4};
inline constexpr http::RateRule strict{5};

/// How many rules there are, with RateRule::none. A table that is indexed by a rule has so many rows.
inline constexpr std::size_t count = 6;

/// Returns the name that callers and documents use.
std::string_view name_of(http::RateRule rule);

}  // namespace papi::rate_rule
