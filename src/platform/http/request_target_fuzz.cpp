// For any target: its parts are parts of it, and what is reported as malformed cannot be decoded.

#include <cstdint>
#include <cstdlib>

#include "platform/base/fuzz_target.hpp"
#include "platform/base/text.hpp"
#include "platform/http/accept.hpp"
#include "platform/http/request_target.hpp"

namespace {

bool inside(std::string_view part, std::string_view whole) {
  return part.empty() || part == "/" ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace papi::http;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const TargetParts parts = split_target(text);
  for (const std::string_view part : {parts.authority, parts.path, parts.query}) {
    if (!inside(part, text)) std::abort();
  }
  if (!parts.absolute && text.substr(0, text.find('?')) != parts.path) std::abort();
  if (bad_escape(text).has_value() == papi::percent_decode(text).has_value()) std::abort();
  const bool sound = !authority_fault(text);
  if (sound && text.find_first_of("@/?# \r\n") != std::string_view::npos) std::abort();
  Request request;
  request.target = text;
  request.headers = {{"Host", text}};
  if (!target_fault(request) && !sound) std::abort();
  const int quality = quality_of(text, "application/json");
  if (quality < 0 || quality > 1000) std::abort();
  return 0;
}
