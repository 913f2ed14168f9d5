#pragma once

// RFC 6455 frames and the opening handshake, as functions of bytes.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace papi::websocket {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Close codes: RFC 6455 §7.4.1, and ours from the private range.
enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  invalid_payload = 1007,
  policy_violation = 1008,
  message_too_big = 1009,
  internal_error = 1011,
  bad_credentials = 4001,
  forbidden = 4003,
  unknown_session = 4004,
  too_slow = 4008,
  rate_limited = 4029,
};

struct FrameHeader {
  bool fin = true;
  Opcode opcode = Opcode::text;
  bool masked = false;
  std::uint8_t mask[4] = {};
  std::size_t header_size = 0;
  std::uint64_t payload_size = 0;
};
struct NeedMore {};
struct FrameError {
  CloseCode code;
  std::string_view reason;
};

/// Reads the header at the start of `bytes`. `from_client` says which side must mask (§5.1). The payload
/// itself may not have come yet; a payload over `limit` is refused from its header alone.
std::variant<FrameHeader, NeedMore, FrameError> read_frame_header(std::string_view bytes, bool from_client,
                                                                  std::size_t limit);

/// XORs the payload with its mask (§5.3), in place.
void unmask(char* payload, std::size_t size, const std::uint8_t mask[4]);

/// Appends the header of one unfragmented, unmasked frame, as a server sends it.
void append_frame_header(std::string& out, Opcode opcode, std::uint64_t payload_size);
/// The same with its payload.
void append_frame(std::string& out, Opcode opcode, std::string_view payload);
/// What a close frame holds. A reason of more than 123 bytes is cut behind a whole UTF-8 character.
std::string close_payload(CloseCode code, std::string_view reason);
constexpr std::size_t max_close_reason = 123;
/// The code in a close frame's payload; 1000 where it has none.
unsigned code_of_close(std::string_view payload);

/// Joins fragments to messages and hands control frames through (§5.4). One per connection.
class MessageAssembler {
 public:
  struct Message {
    Opcode opcode = Opcode::text;
    std::string payload;
  };
  using Step = std::variant<Message, NeedMore, FrameError>;

  MessageAssembler(bool from_client, std::size_t max_message)
      : from_client_(from_client), max_message_(max_message) {}

  /// Takes what it can from the front of `bytes` and says how much in `used`, at most one message a call.
  Step next(std::string_view bytes, std::size_t& used);

 private:
  bool from_client_;
  std::size_t max_message_;
  bool in_message_ = false;
  Opcode opcode_ = Opcode::text;
  std::string partial_;
};

/// `Sec-WebSocket-Accept` for a key (§4.2.2).
std::string accept_key(std::string_view key);

}  // namespace papi::websocket
