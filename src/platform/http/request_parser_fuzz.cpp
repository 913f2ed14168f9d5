// The parser sees the same request however the bytes are cut, and never reads outside of them.

#include <cstdlib>

#include "platform/base/fuzz_target.hpp"
#include "platform/http/request_parser.hpp"

namespace {

using papi::http::Request;
using papi::http::RequestParser;

struct Seen {
  RequestParser::Step step = RequestParser::Step::need_more;
  std::string method, target, body;
  std::size_t consumed = 0, fields = 0;
  bool operator==(const Seen&) const = default;
};

Seen parse(std::string_view bytes, std::size_t first_piece) {
  papi::http::RequestLimits limits;
  limits.header_bytes = 2048;
  limits.target_bytes = 256;
  limits.body_bytes = 1024;
  RequestParser parser(limits);
  Seen seen;
  for (const std::size_t size : {first_piece, bytes.size()}) {
    const std::string copy(bytes.substr(0, size));  // exact size, so that a sanitizer sees a read beyond it
    do seen.step = parser.advance(copy);
    while (seen.step == RequestParser::Step::header);
    (void)parser.expects_continue();
    Request known;
    parser.read_known(copy, known);
    if (seen.step == RequestParser::Step::need_more) continue;
    if (seen.step == RequestParser::Step::complete) {
      Request request;
      parser.read(copy, request);
      seen.method = request.method_text;
      seen.target = request.target;
      seen.body = request.body;
      seen.fields = request.headers.size();
      seen.consumed = parser.consumed();
      (void)request.query_values();
    }
    break;
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Seen whole = parse(bytes, bytes.size());
  const Seen cut = parse(bytes, data[0] % bytes.size());
  // A cut may turn one early error into another, but never one request into another.
  if (whole.step == RequestParser::Step::complete && !(cut == whole)) std::abort();
  return 0;
}
