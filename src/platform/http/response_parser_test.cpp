#include "platform/http/response_parser.hpp"

#include <gtest/gtest.h>

namespace papi::http {
namespace {

using Framing = ResponseParser::Framing;

struct ParsedAnswer {
  ResponseParser parser{false};
  std::string body, error;
};

/// Feeds `bytes` in pieces.
ParsedAnswer parse_answer(std::string_view bytes, std::size_t piece, bool to_head = false) {
  ParsedAnswer out{ResponseParser(to_head), "", ""};
  while (!bytes.empty() && out.error.empty()) {
    const auto taken = out.parser.feed(bytes.substr(0, piece), out.body);
    if (!taken) out.error = taken.error().message;
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  return out;
}

}  // namespace

TEST(ResponseParser, finds_the_end_of_each_body) {
  const std::string head = "HTTP/1.1 200 OK\r\n";
  const struct {
    std::string answer, body;
    Framing framing;
    bool complete;
  } rows[] = {
      {head + "Content-Length: 5\r\n\r\nhello", "hello", Framing::length, true},
      {head + "Content-Length: 5\r\n\r\nhell", "hell", Framing::length, false},
      {head + "Content-Length: 0\r\n\r\n", "", Framing::length, true},
      {head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n",
       "abc0123456789", Framing::chunked, true},
      {head + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: 1\r\n\r\n", "", Framing::chunked, true},
      {head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "abc", Framing::chunked, false},
      {head + "\r\nto the end", "to the end", Framing::until_end, false},
      {"HTTP/1.1 204 No Content\r\n\r\n", "", Framing::none, true},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "", Framing::none, true},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + head +
           "Content-Length: 2\r\n\r\nok",
       "ok", Framing::length, true},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi", "\x81\x02hi",
       Framing::none, true},
  };
  for (const auto& row : rows) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, row.answer.size()}) {
      const ParsedAnswer out = parse_answer(row.answer, piece);
      EXPECT_EQ(out.error, "") << row.answer;
      EXPECT_TRUE(out.parser.header_complete()) << row.answer;
      EXPECT_EQ(out.parser.framing(), row.framing) << row.answer;
      EXPECT_EQ(out.body, row.body) << row.answer;
      EXPECT_EQ(out.parser.complete(), row.complete) << row.answer << " in pieces of " << piece;
    }
  }
}

TEST(ResponseParser, gives_status_reason_and_fields_as_sent) {
  const ParsedAnswer out =
      parse_answer("HTTP/1.1 418 I am a teapot\r\nX-One:  a b \r\nset-cookie: 1\r\nSet-Cookie: 2\r\n\r\n", 7);
  EXPECT_EQ(out.parser.status(), 418u);
  EXPECT_EQ(out.parser.reason(), "I am a teapot");
  const std::vector<std::pair<std::string, std::string>> fields = {
      {"X-One", "a b"}, {"set-cookie", "1"}, {"Set-Cookie", "2"}};
  EXPECT_EQ(out.parser.fields(), fields);
}

TEST(ResponseParser, the_answer_to_head_has_no_body) {
  const ParsedAnswer out = parse_answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 1'000, true);
  EXPECT_TRUE(out.parser.complete());
}

TEST(ResponseParser, refuses_what_two_programs_could_read_in_two_ways) {
  const std::string head = "HTTP/1.1 200 OK\r\n";
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string bad = "the answer is malformed: ";
  const struct {
    std::string answer, error;
  } rows[] = {
      {head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", ""},
      {head + "Transfer-Encoding: gzip\r\n\r\n", bad + "it does not say how long its body is"},
      {head + "Content-Length: 2\r\n\r\nabc", bad + "bytes follow its end"},
      {"HTTP/1.1 204 No Content\r\n\r\nx", bad + "bytes follow its end"},
      {chunked + "0\r\n\r\nx", bad + "bytes follow its end"},
      {chunked + "zz\r\n", bad + "a chunk's size is no number"},
      {chunked + "\r\n", bad + "a chunk's size is no number"},
      {chunked + "11111111111111111\r\n", bad + "a chunk's size is no number"},
      {chunked + "3\r\nabcd\r\n", bad + "a chunk is longer than its size"},
      {chunked + "3\nabc\n", bad + "a line between its chunks does not end with CRLF"},
      {chunked + std::string(4'097, 'a'), bad + "a line between its chunks is too long"},
      {chunked + "0\r\n" + std::string(4'000, 'a') + "\r\n" + std::string(4'000, 'a') + "\r\n" +
           std::string(4'000, 'a') + "\r\n" + std::string(4'000, 'a') + "\r\n" + std::string(4'000, 'a') +
           "\r\n",
       bad + "its trailers are too long"},
      {head + "A: " + std::string(70'000, 'a'), bad + "its header is too long"},
      {"SSH-2.0-OpenSSH\r\n\r\n", ""},
  };
  for (const auto& row : rows) {
    const ParsedAnswer out = parse_answer(row.answer, 1'000);
    EXPECT_NE(out.error, "") << row.answer.substr(0, 200);
    if (!row.error.empty()) {
      EXPECT_EQ(out.error, row.error) << row.answer.substr(0, 200);
    }
  }
}

TEST(ResponseParser, an_answer_that_is_cut_is_an_error) {
  const struct {
    std::string answer, error;
  } rows[] = {
      {"", "it sent no answer"},
      {"HTTP/1.1 200 OK\r\n", "it sent no answer"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", "the connection ended in the middle of the answer"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
       "the connection ended in the middle of the answer"},
      {"HTTP/1.1 200 OK\r\n\r\nab", ""},
  };
  for (const auto& row : rows) {
    ParsedAnswer out = parse_answer(row.answer, 1'000);
    const auto ended = out.parser.end();
    EXPECT_EQ(ended ? "" : ended.error().message, row.error) << row.answer;
    if (!ended) {
      EXPECT_EQ(ended.error().code, ErrorCode::upstream_error);
    }
  }
}

}  // namespace papi::http
