#pragma once

// Frames (RFC 6455) and the accept key of the opening handshake, as functions of bytes.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace papi::websocket {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// The close codes of RFC 6455 §7.4.1. A product may have more, from 4000 to 4999.
enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  invalid_payload = 1007,
  policy_violation = 1008,
  message_too_big = 1009,
  internal_error = 1011,
};

/// What a close frame tells the peer. The text is a literal, or outlives the reason.
struct CloseReason {
  CloseCode code;
  std::string_view text;
};

/// The header of one frame (RFC 6455 §5.2). Sizes are in bytes.
struct FrameHeader {
  bool fin = true;
  Opcode opcode = Opcode::text;
  bool masked = false;
  std::uint8_t mask[4] = {};
  std::size_t header_size = 0;
  std::uint64_t payload_size = 0;
};
/// More bytes are needed to decide.
struct NeedMore {};
/// The peer broke the protocol or sent too much. The connection must be closed with `code`.
struct FrameError {
  CloseCode code;
  std::string_view reason;
};

/// Reads the frame header at the start of `bytes`. `from_client` says which side must mask (RFC 6455 §5.1).
/// The payload may still be missing: a data frame whose payload is larger than `limit` is refused by its
/// header alone.
std::variant<FrameHeader, NeedMore, FrameError> read_frame_header(std::string_view bytes, bool from_client,
                                                                  std::size_t limit);

/// XORs the payload with its mask in place (RFC 6455 §5.3).
void unmask(char* payload, std::size_t size, const std::uint8_t mask[4]);

/// Appends the header of one unfragmented, unmasked frame, as a server sends it.
void append_frame_header(std::string& out, Opcode opcode, std::uint64_t payload_size);
/// Appends the whole frame.
void append_frame(std::string& out, Opcode opcode, std::string_view payload);
/// Returns the payload of a close frame. A reason longer than 123 bytes is cut after a whole UTF-8 character.
std::string close_payload(CloseCode code, std::string_view reason);
constexpr std::size_t max_close_reason = 123;
/// Returns the code in the payload of a close frame, or 1000 if it has none.
unsigned code_of_close(std::string_view payload);

/// Joins fragments to messages, and passes control frames on at once (RFC 6455 §5.4). One per connection.
class MessageAssembler {
 public:
  struct Message {
    Opcode opcode = Opcode::text;
    std::string payload;
  };
  using Step = std::variant<Message, NeedMore, FrameError>;

  MessageAssembler(bool from_client, std::size_t max_message)
      : from_client_(from_client), max_message_(max_message) {}

  /// Takes bytes from the front of `bytes` and returns at most one message. `used` becomes the number of
  /// bytes that were taken.
  Step next(std::string_view bytes, std::size_t& used);

 private:
  bool from_client_;
  std::size_t max_message_;
  bool in_message_ = false;
  Opcode opcode_ = Opcode::text;
  std::string partial_;
};

/// Returns the value of `Sec-WebSocket-Accept` for a key (RFC 6455 §4.2.2).
std::string accept_key(std::string_view key);

}  // namespace papi::websocket
