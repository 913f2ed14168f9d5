#include "live/socket_refusal.hpp"

#include "platform/base/text.hpp"

namespace papi::live {
namespace {

/// What is known to be said with a refused handshake (Webcast protocol §2.3). The words themselves are the
/// other side's and stay in the log.
constexpr std::pair<std::string_view, std::string_view> known_refusals[] = {
    {"DEVICE_BLOCKED", "it blocks this device or address"},
    {"illegal secret key", "the signature was made with another session"},
    {"illegal app_id", "the signature was made for another program"},
};

}  // namespace

Error refusal_error(const Error& error, const websocket::Client::Refusal& refusal) {
  if (refusal.message.empty()) return error;
  for (const auto& [words, meaning] : known_refusals) {
    if (words == refusal.message)
      return Error(ErrorCode::blocked, "TikTok refused the socket: " + std::string(meaning));
  }
  return Error(ErrorCode::blocked, "TikTok refused the socket");
}

void log_refusal(Logger& log, std::string_view room, const websocket::Client::Refusal& refusal) {
  constexpr std::size_t max_words = 100, max_number = 20;
  log.warning("Socket refused", {{"room", room},
                                 {"status", refusal.status},
                                 {"handshake_msg", to_utf8(refusal.message.substr(0, max_words))},
                                 {"handshake_status", to_utf8(refusal.number.substr(0, max_number))}});
}

}  // namespace papi::live
