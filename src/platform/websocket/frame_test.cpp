#include "platform/websocket/frame.hpp"

#include <gtest/gtest.h>

namespace papi::websocket {
namespace {

using Message = MessageAssembler::Message;

std::string masked(Opcode opcode, std::string_view payload, bool fin = true) {
  std::string frame;
  append_frame(frame, opcode, payload);
  const std::size_t header = frame.size() - payload.size();
  frame[0] = static_cast<char>((frame[0] & 0x0F) | (fin ? 0x80 : 0));
  frame[1] = static_cast<char>(frame[1] | 0x80);
  const std::uint8_t mask[4] = {1, 2, 3, 250};
  frame.insert(header, reinterpret_cast<const char*>(mask), 4);
  unmask(frame.data() + header + 4, payload.size(), mask);
  return frame;
}

/// Reads `bytes` in pieces of `piece`. Returns all messages, and the error if there was one.
std::pair<std::vector<Message>, std::optional<CloseCode>> read_all(std::string_view bytes,
                                                                   std::size_t piece) {
  MessageAssembler assembler(true, 100'000);
  std::vector<Message> messages;
  std::string pending;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    pending += bytes.substr(at, piece);
    for (;;) {
      std::size_t used = 0;
      auto step = assembler.next(pending, used);
      pending.erase(0, used);
      if (auto* error = std::get_if<FrameError>(&step)) return {messages, error->code};
      auto* message = std::get_if<Message>(&step);
      if (!message) break;
      messages.push_back(std::move(*message));
    }
  }
  return {messages, std::nullopt};
}

}  // namespace

TEST(WebSocketFrame, messages_are_the_same_however_the_bytes_arrive) {
  const std::string bytes = masked(Opcode::text, "he", false) + masked(Opcode::ping, "p") +
                            masked(Opcode::continuation, "llo") +
                            masked(Opcode::binary, std::string(70'000, 'x'));
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, bytes.size()}) {
    const auto [messages, error] = read_all(bytes, piece);
    ASSERT_FALSE(error);
    ASSERT_EQ(messages.size(), 3u) << piece;
    EXPECT_EQ(messages[0].opcode, Opcode::ping);
    EXPECT_EQ(messages[1].payload, "hello");
    EXPECT_EQ(messages[2].payload.size(), 70'000u);
  }
}

TEST(WebSocketFrame, refuses_what_the_rfc_forbids_with_its_code) {
  std::string unmasked;
  append_frame(unmasked, Opcode::text, "x");
  std::string reserved = masked(Opcode::text, "x");
  reserved[0] = static_cast<char>(reserved[0] | 0x40);
  const struct {
    std::string bytes;
    CloseCode code;
  } rows[] = {
      {unmasked, CloseCode::protocol_error},
      {reserved, CloseCode::protocol_error},
      {masked(static_cast<Opcode>(3), ""), CloseCode::protocol_error},
      {masked(Opcode::ping, "x", false), CloseCode::protocol_error},
      {masked(Opcode::continuation, "x"), CloseCode::protocol_error},
      {masked(Opcode::text, "a", false) + masked(Opcode::text, "b"), CloseCode::protocol_error},
      {masked(Opcode::text, "\xFF"), CloseCode::invalid_payload},
      {masked(Opcode::close, "x"), CloseCode::protocol_error},
      {masked(Opcode::close, std::string("\x03\xEE", 2)), CloseCode::protocol_error},
      {masked(Opcode::binary, std::string(100'001, 'x')), CloseCode::message_too_big},
      {masked(Opcode::binary, std::string(60'000, 'x'), false) +
           masked(Opcode::continuation, std::string(60'000, 'x')),
       CloseCode::message_too_big},
  };
  for (const auto& row : rows) EXPECT_EQ(read_all(row.bytes, row.bytes.size()).second, row.code);
}

TEST(WebSocketFrame, registered_close_codes_are_taken_and_others_are_not) {
  const auto refused = [](unsigned code) {
    const std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    const std::string bytes = masked(Opcode::close, payload);
    const auto [messages, error] = read_all(bytes, bytes.size());
    if (!error) {
      EXPECT_EQ(code_of_close(messages.at(0).payload), code);
    }
    return error == CloseCode::protocol_error;
  };
  for (const unsigned code : {1000u, 1001u, 1002u, 1003u, 1007u, 1008u, 1009u, 1010u, 1011u, 1012u, 1013u,
                              1014u, 3000u, 3999u, 4000u, 4999u})
    EXPECT_FALSE(refused(code)) << code;
  for (const unsigned code :
       {0u, 999u, 1004u, 1005u, 1006u, 1015u, 1016u, 1999u, 2000u, 2999u, 5000u, 65535u})
    EXPECT_TRUE(refused(code)) << code;
  EXPECT_EQ(code_of_close(""), 1000u);
}

TEST(WebSocketFrame, a_long_close_reason_ends_with_a_whole_character) {
  const auto reason = [](std::string_view text) { return close_payload(CloseCode::normal, text).substr(2); };
  EXPECT_EQ(reason(std::string(123, 'x')), std::string(123, 'x'));
  EXPECT_EQ(reason(std::string(124, 'x')), std::string(123, 'x'));
  for (const std::string_view character : {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x8E\x81"}) {
    for (std::size_t before = 115; before <= 124; ++before) {
      const std::string start(before, 'x');
      const std::string cut = reason(start + std::string(character) + std::string(10, 'y'));
      const std::size_t whole = before + character.size();
      const std::string wanted = before > 123 ? std::string(123, 'x')
                                 : whole > 123
                                     ? start
                                     : start + std::string(character) + std::string(123 - whole, 'y');
      EXPECT_EQ(cut, wanted) << character << " behind " << before;
    }
  }
}

TEST(WebSocketFrame, accept_key_is_the_one_of_rfc_6455) {
  EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

}  // namespace papi::websocket
