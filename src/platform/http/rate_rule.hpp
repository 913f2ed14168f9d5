#pragma once

#include <cstdint>

namespace papi::http {

/// The rate limit rule of a route. The values after these two belong to the product, which also gives all of
/// them their names.
enum class RateRule : std::uint8_t {
  none,      // nothing is counted
  standard,  // of a route that names no other rule
};

}  // namespace papi::http
