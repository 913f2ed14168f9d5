#include <cstdint>
#include <cstdlib>

#include "auth/attack_signatures.hpp"
#include "platform/base/fuzz_target.hpp"

/// Any text can be checked. If a pattern is found in a text, it is also found after one more
/// percent-encoding.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto found = papi::auth::attack_signature_in(text);
  if (!found || size > 1024 || text.find_first_of("%+") != std::string_view::npos) return 0;
  std::string encoded;
  constexpr char digits[] = "0123456789ABCDEF";
  for (const std::uint8_t byte : std::basic_string_view<std::uint8_t>(data, size)) {
    encoded += '%';
    encoded += digits[byte >> 4];
    encoded += digits[byte & 15];
  }
  if (!papi::auth::attack_signature_in(encoded)) std::abort();
  return 0;
}
