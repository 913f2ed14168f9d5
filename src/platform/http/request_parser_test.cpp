#include "platform/http/request_parser.hpp"

#include <gtest/gtest.h>

namespace papi::http {
namespace {

using Step = RequestParser::Step;

struct Outcome {
  Step step = Step::need_more;
  std::string method, target, body, host;
  std::size_t consumed = 0;
  ErrorCode error = ErrorCode::internal;
  bool operator==(const Outcome&) const = default;
};

/// Feeds `bytes` cut at `cuts`, as a connection would.
Outcome parse(std::string_view bytes, std::vector<std::size_t> cuts = {}, RequestLimits limits = {}) {
  RequestParser parser(limits);
  Outcome out;
  cuts.push_back(bytes.size());
  for (const std::size_t cut : cuts) {
    const std::string_view so_far = bytes.substr(0, cut);
    do out.step = parser.advance(so_far);
    while (out.step == Step::header);
    if (out.step == Step::need_more) continue;
    if (out.step == Step::failed) {
      out.error = parser.error().code;
      break;
    }
    Request request;
    parser.read(so_far, request);
    out.method = request.method_text;
    out.target = request.target;
    out.body = request.body;
    out.host = request.header("HOST");
    out.consumed = parser.consumed();
    break;
  }
  return out;
}

constexpr std::string_view post =
    "POST /connect?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX-Empty:\r\n\r\nhello";
constexpr std::string_view chunked =
    "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
    "chunked\r\n\r\n3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n";

constexpr std::string_view empty_chunked =
    "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";

}  // namespace

TEST(RequestParser, gives_the_same_request_wherever_the_bytes_are_cut) {
  for (std::string_view bytes : {post, chunked, empty_chunked}) {
    const Outcome whole = parse(bytes);
    ASSERT_EQ(whole.step, Step::complete);
    EXPECT_EQ(whole.consumed, bytes.size());
    for (std::size_t first = 1; first < bytes.size(); ++first) {
      EXPECT_EQ(parse(bytes, {first}), whole) << "cut at " << first;
    }
  }
  EXPECT_EQ(parse(post).body, "hello");
  EXPECT_EQ(parse(chunked).body, "abcde");
}

TEST(RequestParser, counts_the_header_alike_wherever_the_bytes_are_cut) {
  RequestLimits limits;
  limits.header_bytes = 128;
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  for (const int excess : {0, 1}) {
    const std::size_t size = limits.header_bytes + static_cast<std::size_t>(excess);
    const std::string bytes = start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
    for (std::size_t first = 1; first <= bytes.size(); ++first) {
      const Outcome outcome = parse(bytes, {first}, limits);
      EXPECT_EQ(outcome.step, excess == 0 ? Step::complete : Step::failed) << "cut at " << first;
      const ErrorCode wanted = excess == 0 ? ErrorCode::internal : ErrorCode::headers_too_large;
      EXPECT_EQ(outcome.error, wanted) << "cut at " << first;
    }
  }
}

TEST(RequestParser, a_body_whose_end_is_a_matter_of_opinion_is_refused) {
  for (const std::string_view framing :
       {"Transfer-Encoding: gzip", "Transfer-Encoding: identity", "Transfer-Encoding: chunked, gzip",
        "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5", "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip\r\nContent-Length: 5", "Transfer-Encoding:\r\n chunked",
        "Content-Length: 5\r\nContent-Length: 6"}) {
    const std::string bytes =
        "POST /c HTTP/1.1\r\nHost: a\r\n" + std::string(framing) + "\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    EXPECT_EQ(parse(bytes).step, Step::failed) << framing;
  }
  EXPECT_EQ(parse("POST /c HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").step, Step::failed);
  EXPECT_EQ(parse("POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n").step,
            Step::complete);
}

TEST(RequestParser, one_content_length_as_one_number) {
  for (const std::string_view length : {"Content-Length: 5, 5", "Content-Length: 5\r\nContent-Length: 5",
                                        "Content-Length: +5", "Content-Length: 5,", "Content-Length:"}) {
    const std::string bytes = "POST /c HTTP/1.1\r\nHost: a\r\n" + std::string(length) + "\r\n\r\nhello";
    EXPECT_EQ(parse(bytes).error, ErrorCode::validation) << length;
  }
  EXPECT_EQ(parse("POST /c HTTP/1.1\r\nHost: a\r\nContent-Length: 005\r\n\r\nhello").body, "hello");
}

TEST(RequestParser, passes_over_a_few_empty_lines_before_a_request) {
  const std::string lines = "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
  for (std::size_t cut = 1; cut < lines.size() + 3; ++cut) {
    const Outcome outcome = parse(lines + std::string(post), {cut});
    EXPECT_EQ(outcome.step, Step::complete) << cut;
    EXPECT_EQ(outcome.target, "/connect?x=1");
    EXPECT_EQ(outcome.consumed, lines.size() + post.size());
  }
  EXPECT_EQ(parse("\r\n" + lines + std::string(post)).error, ErrorCode::validation);
  EXPECT_EQ(parse("\r").step, Step::need_more);
  EXPECT_EQ(parse("\n" + std::string(post)).error, ErrorCode::validation);
}

TEST(RequestParser, empty_lines_that_are_dropped_still_count) {
  RequestParser parser(RequestLimits{});
  for (int i = 0; i < 8; ++i) {
    ASSERT_EQ(parser.advance("\r\n"), Step::need_more);
    EXPECT_EQ(parser.drop_empty_lines(), 2u);
  }
  EXPECT_EQ(parser.advance("\r\n"), Step::failed);
  parser.reset();
  EXPECT_EQ(parser.advance("\r\n"), Step::need_more);
}

TEST(RequestParser, shows_the_header_before_it_looks_at_a_body) {
  for (const std::string_view bytes : {post, chunked}) {
    RequestParser parser(RequestLimits{});
    ASSERT_EQ(parser.advance(bytes), Step::header);
    Request request;
    const std::string header(bytes.substr(0, parser.header_size()));
    EXPECT_TRUE(header.ends_with("\r\n\r\n"));
    parser.read(header, request);
    EXPECT_EQ(request.header("host"), "a");
    EXPECT_TRUE(request.has_body);
    EXPECT_EQ(request.body, "");
    EXPECT_EQ(parser.advance(bytes), Step::complete);
    EXPECT_EQ(parser.body(), bytes == post ? "hello" : "abcde");
  }
  RequestParser parser(RequestLimits{});
  EXPECT_EQ(parser.advance("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Step::complete)
      << "there is no body to wait for";
}

// Without this bound, a client could keep one request going for ever.
TEST(RequestParser, what_stands_between_chunks_is_bounded_wherever_the_bytes_are_cut) {
  RequestLimits limits;
  limits.header_bytes = 256;
  const std::string start = "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const auto chunks = [](int count, std::size_t extension) {
    std::string bytes;
    for (int i = 0; i < count; ++i) bytes += "1;" + std::string(extension, 'e') + "\r\nx\r\n";
    return bytes;
  };
  // Each byte of body takes 6 bytes and the extension; 8 are allowed for each, and 256 in all.
  const std::string tiny = start + chunks(200, 1) + "0\r\n\r\n";
  const std::string flood = start + chunks(200, 4) + "0\r\n\r\n";
  const std::string trailers = start + "1\r\nx\r\n0\r\nA: " + std::string(250, 'b') + "\r\nC: d\r\n\r\n";
  for (std::size_t first = start.size(); first < flood.size(); first += 37) {
    EXPECT_EQ(parse(tiny, {first}, limits).body.size(), 200u) << first;
    EXPECT_EQ(parse(flood, {first}, limits).error, ErrorCode::headers_too_large) << first;
    EXPECT_EQ(parse(trailers, {first}, limits).error, ErrorCode::headers_too_large) << first;
  }
  EXPECT_EQ(parse(start + std::string(300, '0') + "1\r\nx\r\n0\r\n\r\n", {}, limits).error,
            ErrorCode::headers_too_large)
      << "zeros before a size";
}

TEST(RequestParser, leaves_the_next_pipelined_request_alone) {
  const std::string two = std::string(post) + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(parse(two).consumed, post.size());
}

TEST(RequestParser, names_each_limit_that_is_passed) {
  RequestLimits limits;
  limits.header_bytes = 512;
  limits.target_bytes = 64;
  limits.body_bytes = 4;
  EXPECT_EQ(parse(post, {}, limits).error, ErrorCode::request_too_large);
  const std::string long_url = "GET /" + std::string(100, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(parse(long_url, {}, limits).error, ErrorCode::uri_too_long);
  EXPECT_EQ(parse("GET /" + std::string(2000, 'a'), {}, limits).error, ErrorCode::uri_too_long);
  const std::string many_fields = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(2000, 'b') + "\r\n\r\n";
  EXPECT_EQ(parse(many_fields, {}, limits).error, ErrorCode::headers_too_large);
  const std::string big_chunk =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n";
  EXPECT_EQ(parse(big_chunk, {}, limits).error, ErrorCode::request_too_large);
  const std::string long_extension =
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(600, 'e');
  EXPECT_EQ(parse(long_extension, {}, limits).error, ErrorCode::headers_too_large);
}

TEST(RequestParser, refuses_what_two_parsers_could_read_differently) {
  for (std::string_view bytes : {
           "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
           "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nX: one\r\n two\r\n\r\n",
           "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
           "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET / HTTP/3.1\r\nHost: a\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
       }) {
    const Outcome out = parse(bytes);
    EXPECT_EQ(out.step, Step::failed) << bytes;
    EXPECT_EQ(out.error, ErrorCode::validation) << bytes;
  }
}

TEST(RequestParser, reads_requests_one_after_the_other_after_reset) {
  RequestParser parser(RequestLimits{});
  Request request;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(parser.advance(post), Step::header);
    ASSERT_EQ(parser.advance(post), Step::complete);
    parser.read(post, request);
    EXPECT_EQ(request.body, "hello");
    EXPECT_EQ(request.query, "x=1");
    EXPECT_EQ(request.headers.size(), 3u);
    parser.reset();
  }
}

}  // namespace papi::http
