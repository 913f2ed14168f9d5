#include <cstdint>

#include "platform/base/fuzz_target.hpp"
#include "platform/base/text.hpp"
#include "profiles/profile_page.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace papi;
  const auto verdict =
      profiles::read_profile_page(std::string_view(reinterpret_cast<const char*>(data), size), "ann.1");
  if (const auto* found = std::get_if<profiles::PageFound>(&verdict)) {
    if (!is_utf8(found->nickname) || found->nickname.size() > 210) __builtin_trap();
    for (const std::string& url : found->pictures) {
      if (url.empty() || profiles::is_default_picture(url)) __builtin_trap();
    }
  }
  return 0;
}
