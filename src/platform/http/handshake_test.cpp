#include "platform/http/handshake.hpp"

#include <gtest/gtest.h>

namespace papi::http {
namespace {

constexpr std::string_view key = "AAAAAAAAAAAAAAAAAAAAAA==";

Request handshake(std::vector<Header> more) {
  Request request;
  request.method = Method::get;
  request.headers = {{"Connection", "keep-alive, Upgrade"}, {"Upgrade", "WebSocket"}};
  request.headers.insert(request.headers.end(), more.begin(), more.end());
  return request;
}

}  // namespace

TEST(Handshake, a_malformed_key_is_400_and_another_version_426) {
  const Header version{"Sec-WebSocket-Version", "13"};
  const auto code = [](const Request& request) {
    const auto fault = handshake_fault(request);
    return fault ? std::optional(fault->code) : std::nullopt;
  };
  EXPECT_EQ(code(handshake({version, {"Sec-WebSocket-Key", key}})), std::nullopt);
  for (const std::string_view bad :
       {"", "x", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAA====", "AAAAAAAAAAAA AAAAAAAAA==", "AAAAAAAAAAAAAAAAAAAAAAAAAA==",
        "AAAAAAAAAAAAAAAAAAAA-_=="})
    EXPECT_EQ(code(handshake({version, {"Sec-WebSocket-Key", bad}})), ErrorCode::validation) << bad;
  EXPECT_EQ(code(handshake({version})), ErrorCode::validation);
  EXPECT_EQ(code(handshake({version, {"Sec-WebSocket-Key", key}, {"Sec-WebSocket-Key", key}})),
            ErrorCode::validation);
  EXPECT_EQ(code(handshake({{"Sec-WebSocket-Version", "8"}, {"Sec-WebSocket-Key", key}})),
            ErrorCode::upgrade_required);
  EXPECT_EQ(code(handshake({{"Sec-WebSocket-Key", key}})), ErrorCode::upgrade_required);
  EXPECT_EQ(code(Request()), ErrorCode::upgrade_required);
}

TEST(Handshake, the_first_offered_token_is_chosen) {
  const auto chosen = [](std::vector<std::string_view> lines) {
    std::vector<Header> headers;
    for (const std::string_view line : lines) headers.push_back({"Sec-WebSocket-Protocol", line});
    return chosen_subprotocol(handshake(headers));
  };
  EXPECT_EQ(chosen({}), "");
  EXPECT_EQ(chosen({"events.v1"}), "events.v1");
  EXPECT_EQ(chosen({"b, a"}), "b");
  EXPECT_EQ(chosen({" , b", "a"}), "b");
  EXPECT_EQ(chosen({"no token, a"}), "a");
  EXPECT_EQ(chosen({"a\"b", "x/y"}), "");
}

TEST(Handshake, the_answer_has_the_accept_key_and_the_headers_of_the_response) {
  // The key and its answer are the example of RFC 6455 §1.3.
  const Request plain = handshake({{"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}});
  Request with_subprotocol = plain;
  with_subprotocol.headers.push_back({"Sec-WebSocket-Protocol", "chat, superchat"});
  const std::string head =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
  Response bare, choosing;
  choosing.headers.emplace_back("Sec-WebSocket-Protocol", "superchat");
  const struct {
    const Request& request;
    const Response& response;
    std::string_view correlation_id;
    std::string more;
  } rows[] = {{plain, bare, "", ""},
              {plain, bare, "c-1", "X-Correlation-ID: c-1\r\n"},
              {with_subprotocol, bare, "", "Sec-WebSocket-Protocol: chat\r\n"},
              {with_subprotocol, choosing, "", "Sec-WebSocket-Protocol: superchat\r\n"}};
  for (const auto& row : rows) {
    std::string out;
    append_switching_protocols(out, row.request, row.response, row.correlation_id);
    EXPECT_EQ(out, head + row.more + "\r\n");
  }
}

}  // namespace papi::http
