#include <cstdint>
#include <cstdlib>

#include "platform/base/fuzz_target.hpp"
#include "platform/base/text.hpp"
#include "platform/http/allowed_origins.hpp"

/// For any text of a page or a setting: an origin has one spelling, which reads as the same origin again. A
/// list of one entry without a wildcard allows that entry.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace papi::http;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto origin = parse_origin(text)) {
    const std::string spelled = origin->scheme + "://" + origin->host + ":" + std::to_string(origin->port);
    if (parse_origin(spelled) != origin) std::abort();
  }
  const auto origins = AllowedOrigins::parse(text);
  const bool one = text.find_first_of(",* \t\r\n") == std::string_view::npos && !text.empty();
  if (one && origins && !papi::equals_ignoring_case(text, "null") && !origins->allows(text)) std::abort();
  return 0;
}
