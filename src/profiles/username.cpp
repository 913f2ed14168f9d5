#include "profiles/username.hpp"

#include <algorithm>

#include "platform/base/text.hpp"

namespace papi::profiles {

Result<Username> Username::parse(std::string_view text) {
  if (text.starts_with('@')) text.remove_prefix(1);
  if (text.size() < 2) return invalid("username", "at least 2 characters");
  if (text.size() > 24) return invalid("username", "at most 24 characters");
  const bool good = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  });
  if (!good) return invalid("username", "letters A to Z, digits, '_', '.' and '-' only");
  return Username(to_lower_ascii(text));
}

}  // namespace papi::profiles
