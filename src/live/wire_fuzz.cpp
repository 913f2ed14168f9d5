// A push frame from the socket: parse the frame, inflate with the limit, parse the fetch result.

#include <cstdlib>

#include "live/wire.hpp"
#include "platform/base/fuzz_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace papi::live;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto frame = read_push_frame(bytes);
  if (!frame) return 0;
  std::string inflated;
  std::string_view payload = frame->payload;
  if (frame->gzip) {
    auto plain = gunzip(payload, 1 << 20);
    if (!plain) return 0;
    if (plain->size() > 1 << 20) std::abort();
    inflated = std::move(*plain);
    payload = inflated;
  }
  if (const auto result = read_fetch_result(payload)) {
    for (const auto& message : result->messages) {
      const bool inside = message.payload.empty() || (message.payload.data() >= payload.data() &&
                                                      message.payload.data() + message.payload.size() <=
                                                          payload.data() + payload.size());
      if (!inside) std::abort();
    }
  }
  return 0;
}
