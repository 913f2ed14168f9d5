// The decision about a proxy's bytes does not depend on how they are cut. Any URL of a proxy is read without
// harm.

#include <cstdlib>

#include "platform/base/fuzz_target.hpp"
#include "platform/net/proxy.hpp"

namespace {

struct Outcome {
  bool failed = false, open = false;
  std::string said;
  bool operator==(const Outcome&) const = default;
};

Outcome converse(const papi::Proxy& proxy, std::string_view bytes, std::size_t piece) {
  papi::ProxyHandshake handshake(proxy, "h.example", 443);
  Outcome outcome;
  outcome.said = handshake.take_output();
  for (std::size_t at = 0; at < bytes.size() && !outcome.failed && !outcome.open; at += piece) {
    const auto open = handshake.feed(bytes.substr(at, piece));
    outcome.failed = !open;
    outcome.open = open && *open;
    outcome.said += handshake.take_output();
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)papi::Proxy::parse(bytes, "PROXY");
  for (const char* url : {"http://me:word@p", "socks5://me:word@p", "socks5://p"}) {
    const papi::Proxy proxy = *papi::Proxy::parse(url, "PROXY");
    const Outcome slowly = converse(proxy, bytes, 1);
    const Outcome at_once = converse(proxy, bytes, size + 1);
    // In one piece there may be bytes behind the answer, or too long a head. That must be an error and never
    // an open tunnel.
    if (at_once.open && !(slowly == at_once)) std::abort();
    if (slowly.failed && at_once.open) std::abort();
  }
  return 0;
}
