// The messages do not depend on how the bytes are cut. An encoded frame is read back.

#include <cstdlib>
#include <vector>

#include "platform/base/fuzz_target.hpp"
#include "platform/websocket/frame.hpp"

namespace {

using namespace papi::websocket;

struct Seen {
  std::vector<std::pair<int, std::string>> messages;
  int error = 0;
  bool operator==(const Seen&) const = default;
};

Seen read_all(std::string_view bytes, std::size_t piece, bool from_client) {
  MessageAssembler assembler(from_client, 4096);
  Seen seen;
  std::string pending;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    pending += bytes.substr(at, piece);
    for (;;) {
      std::size_t used = 0;
      auto step = assembler.next(pending, used);
      pending.erase(0, used);
      if (const auto* error = std::get_if<FrameError>(&step)) {
        seen.error = static_cast<int>(error->code);
        return seen;
      }
      auto* message = std::get_if<MessageAssembler::Message>(&step);
      if (!message) break;
      if (used == 0) std::abort();  // each step must take bytes
      seen.messages.emplace_back(static_cast<int>(message->opcode), std::move(message->payload));
    }
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool from_client = (data[0] & 1) != 0;
  const Seen whole = read_all(bytes, bytes.size(), from_client);
  if (!(read_all(bytes, 1 + data[0] % 7, from_client) == whole)) std::abort();
  std::string frame;
  append_frame(frame, Opcode::binary, bytes);
  const Seen echo = read_all(frame, frame.size(), false);
  if (bytes.size() <= 4096 && (echo.messages.size() != 1 || echo.messages[0].second != bytes)) std::abort();
  return 0;
}
