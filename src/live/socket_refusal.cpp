#include "live/socket_refusal.hpp"

#include <algorithm>

#include "platform/base/text.hpp"

namespace papi::live {
namespace {

/// Known texts of a refused handshake (docs/webcast-protocol.md §3.1). The text itself comes from the other
/// side and goes only to the application log.
constexpr std::pair<std::string_view, std::string_view> known_refusals[] = {
    {"DEVICE_BLOCKED", "it blocks this device or address"},
    {"illegal secret key", "the signature was made with another session"},
    {"illegal app_id", "the signature was made for another program"},
};

}  // namespace

Error refusal_error(const Error& error, const websocket::Client::Refusal& refusal) {
  if (refusal.message.empty()) return error;
  for (const auto& [text, description] : known_refusals) {
    if (text == refusal.message)
      return Error(ErrorCode::blocked, "TikTok refused the socket: " + std::string(description));
  }
  return Error(ErrorCode::blocked, "TikTok refused the socket");
}

void log_refusal(Logger& log, std::string_view room, const websocket::Client::Refusal& refusal) {
  constexpr std::size_t max_text = 100, max_number = 20;
  log.warning("Socket refused", {{"room", room},
                                 {"status", refusal.status},
                                 {"handshake_msg", to_utf8(refusal.message.substr(0, max_text))},
                                 {"handshake_status", to_utf8(refusal.number.substr(0, max_number))}});
}

void log_refused_address(Logger& log, std::string_view room, std::string_view address, const Error& reason) {
  constexpr std::size_t max_address = 200;
  const std::string_view shown = address.substr(0, std::min(address.find('?'), max_address));
  log.warning("Socket address refused",
              {{"room", room}, {"reason", reason.message}, {"address", to_utf8(shown)}});
}

}  // namespace papi::live
