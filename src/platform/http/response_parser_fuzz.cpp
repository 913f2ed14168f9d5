// The parser sees the same response however the bytes are cut, and never reads outside of them.

#include <cstdlib>

#include "platform/base/fuzz_target.hpp"
#include "platform/http/response_parser.hpp"

namespace {

using papi::http::ResponseParser;

struct Seen {
  bool failed = false, complete = false;
  unsigned status = 0;
  std::size_t fields = 0;
  std::string body;
  bool operator==(const Seen&) const = default;
};

Seen parse(std::string_view bytes, std::size_t piece) {
  ResponseParser parser(false, 2048);
  Seen seen;
  while (!bytes.empty() && !seen.failed) {
    const std::string copy(bytes.substr(0, piece));  // exact size, so that a sanitizer sees a read beyond it
    bytes.remove_prefix(copy.size());
    seen.failed = !parser.feed(copy, seen.body);
  }
  if (!seen.failed) seen.failed = !parser.end();
  seen.complete = parser.complete();
  seen.status = parser.status();
  seen.fields = parser.fields().size();
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Seen whole = parse(bytes, bytes.size());
  const Seen cut = parse(bytes, data[0] % bytes.size() + 1);
  if (whole.failed != cut.failed || (!whole.failed && !(cut == whole))) std::abort();
  return 0;
}
