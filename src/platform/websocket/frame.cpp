#include "platform/websocket/frame.hpp"

#include <openssl/sha.h>

#include <algorithm>

#include "platform/base/text.hpp"

namespace papi::websocket {
namespace {

bool is_control(Opcode opcode) { return static_cast<int>(opcode) >= 8; }

bool is_known(int opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }

/// Returns true for a code that a close frame may hold (RFC 6455 §7.4.1, §7.4.2, and 1012 to 1014 of the IANA
/// registry).
bool is_sendable(unsigned code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace

std::variant<FrameHeader, NeedMore, FrameError> read_frame_header(std::string_view bytes, bool from_client,
                                                                  std::size_t limit) {
  if (bytes.size() < 2) return NeedMore{};
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  FrameHeader header;
  header.fin = (byte(0) & 0x80) != 0;
  if ((byte(0) & 0x70) != 0) return FrameError{CloseCode::protocol_error, "reserved bits set"};
  if (!is_known(byte(0) & 0x0F)) return FrameError{CloseCode::protocol_error, "unknown opcode"};
  header.opcode = static_cast<Opcode>(byte(0) & 0x0F);
  header.masked = (byte(1) & 0x80) != 0;
  if (header.masked != from_client) {
    return FrameError{CloseCode::protocol_error,
                      from_client ? "frames of a client must be masked" : "masked frame from a server"};
  }
  const unsigned short_size = byte(1) & 0x7Fu;
  const std::size_t size_bytes = short_size == 126 ? 2 : short_size == 127 ? 8 : 0;
  header.header_size = 2 + size_bytes + (header.masked ? 4 : 0);
  if (is_control(header.opcode) && (!header.fin || short_size > 125)) {
    return FrameError{CloseCode::protocol_error, "control frames are whole and at most 125 bytes"};
  }
  if (bytes.size() < header.header_size) return NeedMore{};
  header.payload_size = short_size;
  if (size_bytes > 0) {
    header.payload_size = 0;
    for (std::size_t i = 0; i < size_bytes; ++i) header.payload_size = header.payload_size << 8 | byte(2 + i);
    if (header.payload_size < (size_bytes == 2 ? 126u : 65536u) || header.payload_size >> 63 != 0) {
      return FrameError{CloseCode::protocol_error, "payload length is not minimal"};
    }
  }
  if (header.masked) {
    for (std::size_t i = 0; i < 4; ++i) header.mask[i] = byte(2 + size_bytes + i);
  }
  // Control frames may stand between the fragments of a message. They have a bound of their own.
  if (!is_control(header.opcode) && header.payload_size > limit)
    return FrameError{CloseCode::message_too_big, "message too big"};
  return header;
}

void unmask(char* payload, std::size_t size, const std::uint8_t mask[4]) {
  for (std::size_t i = 0; i < size; ++i)
    payload[i] = static_cast<char>(static_cast<std::uint8_t>(payload[i]) ^ mask[i & 3]);
}

void append_frame_header(std::string& out, Opcode opcode, std::uint64_t size) {
  out += static_cast<char>(0x80 | static_cast<int>(opcode));
  const int size_bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
  out += static_cast<char>(size_bytes == 0 ? size : size_bytes == 2 ? 126 : 127);
  for (int i = size_bytes - 1; i >= 0; --i) out += static_cast<char>(size >> (8 * i) & 0xFF);
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
  append_frame_header(out, opcode, payload.size());
  out += payload;
}

unsigned code_of_close(std::string_view payload) {
  if (payload.size() < 2) return static_cast<unsigned>(CloseCode::normal);
  return static_cast<unsigned>(static_cast<unsigned char>(payload[0])) << 8 |
         static_cast<unsigned char>(payload[1]);
}

std::string close_payload(CloseCode code, std::string_view reason) {
  const auto number = static_cast<unsigned>(code);
  std::string payload{static_cast<char>(number >> 8), static_cast<char>(number & 0xFF)};
  std::size_t size = std::min(reason.size(), max_close_reason);
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(reason[at]) & 0xC0) == 0x80;
  };
  if (size < reason.size()) {
    while (size > 0 && continues(size)) --size;
  }
  payload += reason.substr(0, size);
  return payload;
}

MessageAssembler::Step MessageAssembler::next(std::string_view bytes, std::size_t& used) {
  used = 0;
  for (;;) {
    const auto step = read_frame_header(bytes.substr(used), from_client_, max_message_ - partial_.size());
    if (const auto* error = std::get_if<FrameError>(&step)) return *error;
    const auto* header = std::get_if<FrameHeader>(&step);
    if (!header || bytes.size() - used < header->header_size + header->payload_size) return NeedMore{};
    std::string payload(bytes.substr(used + header->header_size, header->payload_size));
    if (header->masked) unmask(payload.data(), payload.size(), header->mask);
    used += header->header_size + header->payload_size;
    if (is_control(header->opcode)) {
      if (header->opcode == Opcode::close) {
        if (payload.size() == 1) return FrameError{CloseCode::protocol_error, "close frame of one byte"};
        if (!is_sendable(code_of_close(payload)))
          return FrameError{CloseCode::protocol_error, "close code not allowed"};
        if (payload.size() > 2 && !is_utf8(std::string_view(payload).substr(2))) {
          return FrameError{CloseCode::invalid_payload, "close reason is not UTF-8"};
        }
      }
      return Message{header->opcode, std::move(payload)};
    }
    const bool continues = header->opcode == Opcode::continuation;
    if (continues != in_message_) {
      return FrameError{CloseCode::protocol_error,
                        continues ? "continuation of nothing" : "new message inside another"};
    }
    if (!continues) opcode_ = header->opcode;
    partial_ += payload;
    in_message_ = !header->fin;
    if (!header->fin) continue;
    Message message{opcode_, std::move(partial_)};
    partial_.clear();
    if (message.opcode == Opcode::text && !is_utf8(message.payload)) {
      return FrameError{CloseCode::invalid_payload, "text is not UTF-8"};
    }
    return message;
  }
}

std::string accept_key(std::string_view key) {
  std::string text(key);
  text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return base64(std::string_view(reinterpret_cast<const char*>(digest), sizeof digest));
}

}  // namespace papi::websocket
