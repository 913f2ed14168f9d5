#include "platform/http/response_parser.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <charconv>
#include <limits>

#include "platform/base/text.hpp"

namespace papi::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t max_chunk_line = 4 * 1024;
constexpr std::size_t max_trailers = 16 * 1024;
constexpr std::string_view header_end = "\r\n\r\n";

Error malformed(std::string_view what) {
  return Error(ErrorCode::upstream_error, "the answer is malformed: " + std::string(what));
}

/// Reads one whole header. The body is read without Beast.
class HeaderReader final : public beast_http::basic_parser<false> {
 public:
  HeaderReader() {
    header_limit(std::numeric_limits<std::uint32_t>::max());
    eager(false);
    skip(true);
  }
  int status = 0;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> fields;

 private:
  using View = boost::beast::string_view;  // not std::string_view in Boost 1.81
  void on_request_impl(beast_http::verb, View, View, int, error_code&) override {}
  void on_response_impl(int code, View text, int, error_code&) override {
    status = code;
    reason.assign(text.data(), text.size());
  }
  void on_field_impl(beast_http::field, View name, View value, error_code&) override {
    fields.emplace_back(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(View, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, View, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}
};

}  // namespace

Result<void> ResponseParser::feed(std::string_view bytes, std::string& body) {
  if (header_complete_) return feed_body(bytes, body);
  std::size_t searched = header_.size();
  header_ += bytes;
  for (;;) {
    TRY(const std::size_t size, read_header(searched));
    if (size == 0) return {};
    const bool interim = status_ < 200 && status_ != 101;
    std::string rest = header_.substr(size);
    header_ = std::move(rest);
    searched = 0;
    if (!interim) break;
    fields_.clear();
  }
  header_complete_ = true;
  if (auto chosen = choose_framing(); !chosen) return chosen;
  const std::string rest = std::move(header_);
  if (status_ != 101) return feed_body(rest, body);
  complete_ = true;
  body += rest;
  return {};
}

/// Returns the size of the header, or 0 if it is not there yet.
Result<std::size_t> ResponseParser::read_header(std::size_t searched) {
  const std::size_t from = searched < header_end.size() ? 0 : searched - header_end.size();
  const auto found = header_.find(header_end, from);
  const std::size_t size = found == std::string::npos ? header_.size() : found + header_end.size();
  if (size > max_header_) return malformed("its header is too long");
  if (found == std::string::npos) return std::size_t{0};
  if (auto read = read_block(std::string_view(header_).substr(0, size)); !read) return read.error();
  return size;
}

Result<void> ResponseParser::read_block(std::string_view block) {
  HeaderReader reader;
  error_code ec;
  const std::size_t taken = reader.put(boost::asio::const_buffer(block.data(), block.size()), ec);
  if (ec) return malformed(ec.message());
  if (taken != block.size() || reader.status < 100) return malformed("its header has no end");
  status_ = static_cast<unsigned>(reader.status);
  reason_ = std::move(reader.reason);
  fields_ = std::move(reader.fields);
  return {};
}

/// RFC 9112 §6.3.
Result<void> ResponseParser::choose_framing() {
  std::size_t encodings = 0, lengths = 0;
  bool chunked = false;
  for (const auto& [name, value] : fields_) {
    if (equals_ignoring_case(name, "transfer-encoding")) {
      ++encodings;
      chunked = equals_ignoring_case(value, "chunked");
    }
    if (!equals_ignoring_case(name, "content-length")) continue;
    ++lengths;
    const bool digits = std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
    const auto number = digits ? parse_uint(value) : std::nullopt;
    if (!number) return malformed("Content-Length is no number");
    left_ = *number;
  }
  if (lengths > 1 || encodings > 1 || (lengths > 0 && encodings > 0) || (encodings > 0 && !chunked))
    return malformed("it does not say how long its body is");
  const bool bodiless = to_head_ || status_ == 101 || status_ == 204 || status_ == 304;
  framing_ = bodiless        ? Framing::none
             : encodings > 0 ? Framing::chunked
             : lengths > 0   ? Framing::length
                             : Framing::until_end;
  complete_ = framing_ == Framing::none || (framing_ == Framing::length && left_ == 0);
  return {};
}

Result<void> ResponseParser::feed_body(std::string_view bytes, std::string& body) {
  if (bytes.empty()) return {};
  if (complete_ && status_ != 101) return malformed("bytes follow its end");
  if (framing_ == Framing::chunked) return feed_chunks(bytes, body);
  if (framing_ == Framing::length) {
    if (bytes.size() > left_) return malformed("bytes follow its end");
    left_ -= bytes.size();
    complete_ = left_ == 0;
  }
  body += bytes;
  return {};
}

/// RFC 9112 §7.1.
Result<void> ResponseParser::feed_chunks(std::string_view bytes, std::string& body) {
  while (!bytes.empty()) {
    if (complete_) return malformed("bytes follow its end");
    if (chunk_ == Chunk::data) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
      body += bytes.substr(0, size);
      bytes.remove_prefix(size);
      left_ -= size;
      if (left_ == 0) chunk_ = Chunk::data_end;
      continue;
    }
    const auto newline = bytes.find('\n');
    const std::size_t size = newline == std::string_view::npos ? bytes.size() : newline + 1;
    line_ += bytes.substr(0, size);
    bytes.remove_prefix(size);
    if (line_.size() > max_chunk_line) return malformed("a line between its chunks is too long");
    if (newline == std::string_view::npos) return {};
    if (auto taken = take_chunk_line(); !taken) return taken;
    line_.clear();
  }
  return {};
}

Result<void> ResponseParser::take_chunk_line() {
  if (!line_.ends_with("\r\n")) return malformed("a line between its chunks does not end with CRLF");
  const std::string_view line = std::string_view(line_).substr(0, line_.size() - 2);
  switch (chunk_) {
    case Chunk::data_end:
      if (!line.empty()) return malformed("a chunk is longer than its size");
      chunk_ = Chunk::size;
      return {};
    case Chunk::trailers:
      trailer_bytes_ += line_.size();
      if (trailer_bytes_ > max_trailers) return malformed("its trailers are too long");
      complete_ = line.empty();
      return {};
    default:
      break;
  }
  const char* const end = line.data() + line.size();
  const auto [behind, failed] = std::from_chars(line.data(), end, left_, 16);
  const std::string_view extension = trim(std::string_view(behind, static_cast<std::size_t>(end - behind)));
  if (failed != std::errc() || (!extension.empty() && extension.front() != ';'))
    return malformed("a chunk's size is no number");
  chunk_ = left_ == 0 ? Chunk::trailers : Chunk::data;
  return {};
}

Result<void> ResponseParser::end() {
  if (header_complete_ && framing_ == Framing::until_end) complete_ = true;
  if (complete_) return {};
  return Error(ErrorCode::upstream_error,
               header_complete_ ? "the connection ended in the middle of the answer" : "it sent no answer");
}

}  // namespace papi::http
