#include "platform/http/request_parser.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>
#include <optional>
#include <utility>

#include "platform/base/text.hpp"
#include "platform/http/request_target.hpp"

namespace papi::http {
namespace beast_http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::size_t max_empty_lines = 8;
// Chunk sizes, extensions and trailers may take as many bytes as a header, and this many more for each byte
// of the body.
constexpr std::size_t framing_per_byte = 8;

// Positions in the input are kept as offsets, because the connection's buffer may move while a body is read.
struct Span {
  std::uint32_t at = 0, size = 0;
  std::string_view in(std::string_view bytes) const { return bytes.substr(at, size); }
};

Method method_of(beast_http::verb verb) {
  switch (verb) {
    case beast_http::verb::get:
      return Method::get;
    case beast_http::verb::head:
      return Method::head;
    case beast_http::verb::post:
      return Method::post;
    case beast_http::verb::put:
      return Method::put;
    case beast_http::verb::patch:
      return Method::patch;
    case beast_http::verb::delete_:
      return Method::del;
    case beast_http::verb::options:
      return Method::options;
    default:
      return Method::other;
  }
}

class Reader final : public beast_http::basic_parser<true> {
 public:
  explicit Reader(const RequestLimits& limits) {
    // Beast's own count depends on how the bytes were cut. So advance() counts instead.
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(limits.body_bytes);
    eager(false);  // until the header was seen
    most_framing_ = limits.header_bytes;
  }

  std::string_view input;         // set before each put()
  std::size_t put_at = 0;         // where in `input` the put begins
  std::size_t behind_header = 0;  // bytes behind the header that earlier puts took
  Method method = Method::other;
  Span method_text, target;
  std::vector<std::pair<Span, Span>> fields;
  std::string body;
  int version = 11;
  bool header_done = false;
  bool folded = false;
  bool too_much_framing = false;
  std::string_view framing_fault;
  bool expects_continue = false;

  /// Counts what follows the last chunk, after a put that took `n` bytes and reached the end.
  void count_trailers(std::size_t n, error_code& ec) {
    if (!ec) count_framing(input.data() + put_at + n, ec);
  }
  void fill(std::string_view bytes, Request& request) const {
    request.headers.clear();
    for (const auto& [name, value] : fields) request.headers.push_back({name.in(bytes), value.in(bytes)});
    request.target = target.in(bytes);
    const TargetParts parts = split_target(request.target);
    request.path = parts.path;
    request.query = parts.query;
    // If the target is absolute, Host is ignored (RFC 9112 §3.2.2).
    request.authority = parts.absolute ? parts.authority : request.header("host");
  }

 private:
  using View = boost::beast::string_view;  // not std::string_view in Boost 1.81

  /// `end` is the end of a line between chunks. The count does not depend on how the bytes were cut.
  void count_framing(const char* end, error_code& ec) {
    const std::size_t taken =
        behind_header + static_cast<std::size_t>(end - input.data()) - put_at - body.size();
    too_much_framing = taken > most_framing_ + framing_per_byte * body.size();
    if (too_much_framing) ec = beast_http::error::header_limit;
  }
  Span span(View view) {
    const bool inside =
        view.data() >= input.data() && view.data() + view.size() <= input.data() + input.size();
    if (!inside && !view.empty()) folded = true;
    return inside ? Span{static_cast<std::uint32_t>(view.data() - input.data()),
                         static_cast<std::uint32_t>(view.size())}
                  : Span{};
  }
  void on_request_impl(beast_http::verb verb, View text, View to, int http_version, error_code&) override {
    method = method_of(verb);
    method_text = span(text);
    target = span(to);
    version = http_version;
  }
  void on_response_impl(int, View, int, error_code&) override {}
  void on_field_impl(beast_http::field field, View name, View value, error_code&) override {
    if (header_done) return;  // trailers are read and dropped
    const std::string_view text(value.data(), value.size());
    if (!text.empty() &&
        std::string_view(name.end(), static_cast<std::size_t>(text.data() - name.end())).find('\r') !=
            std::string_view::npos)
      folded = true;
    // All programs must agree where a body ends, else requests can be smuggled (RFC 9112 §6.1, §6.3).
    if (field == beast_http::field::transfer_encoding) {
      if (sees_encoding_ || sees_length_ || version == 10 || !equals_ignoring_case(text, "chunked"))
        framing_fault = "Transfer-Encoding: only 'chunked', once and without Content-Length (RFC 9112, 6.1)";
      sees_encoding_ = true;
    }
    if (field == beast_http::field::content_length) {
      const bool digits = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
      if (sees_encoding_ || sees_length_ || !digits)
        framing_fault = "Content-Length: one decimal number, once (RFC 9112, 6.3)";
      sees_length_ = true;
    }
    if (field == beast_http::field::expect) expects_continue = equals_ignoring_case(text, "100-continue");
    fields.emplace_back(span(name), span(value));
  }
  void on_header_impl(error_code&) override { header_done = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(View bytes, error_code&) override {
    body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, View extension, error_code& ec) override {
    count_framing(extension.data() + extension.size(), ec);
  }
  std::size_t on_chunk_body_impl(std::uint64_t, View bytes, error_code&) override {
    body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_finish_impl(error_code&) override {}

  std::size_t most_framing_ = 0;
  bool sees_encoding_ = false;
  bool sees_length_ = false;
};

}  // namespace

class RequestParser::Machine {
 public:
  explicit Machine(const RequestLimits& limits) : limits_(limits) { reset(); }
  void reset() {
    // The field list keeps its memory from one request to the next.
    std::vector<std::pair<Span, Span>> fields;
    std::string body;
    if (reader) {
      fields = std::move(reader->fields);
      body = std::move(reader->body);
    }
    fields.clear();
    body.clear();
    if (body.capacity() > 64 * 1024) body = std::string();
    reader.emplace(limits_);
    reader->fields = std::move(fields);
    reader->body = std::move(body);
  }
  std::optional<Reader> reader;

 private:
  const RequestLimits& limits_;
};

RequestParser::RequestParser(const RequestLimits& limits)
    : limits_(limits), machine_(std::make_unique<Machine>(limits_)) {}
RequestParser::~RequestParser() = default;

bool RequestParser::header_complete() const { return machine_->reader->header_done; }

void RequestParser::reset() {
  machine_->reset();
  consumed_ = header_size_ = empty_lines_ = empty_line_bytes_ = behind_header_ = 0;
}

std::size_t RequestParser::drop_empty_lines() {
  if (machine_->reader->got_some()) return 0;
  consumed_ = 0;
  return std::exchange(empty_line_bytes_, 0);
}

std::string_view RequestParser::body() const { return machine_->reader->body; }

RequestParser::Step RequestParser::advance(std::string_view bytes) {
  Reader& reader = *machine_->reader;
  while (!reader.got_some() && bytes.substr(consumed_).starts_with("\r\n")) {
    if (++empty_lines_ > max_empty_lines)
      return fail(ErrorCode::validation, "malformed HTTP request: too many empty lines before it");
    consumed_ += 2;
    empty_line_bytes_ += 2;
  }
  while (!reader.is_done()) {
    const std::string_view rest = bytes.substr(consumed_);
    if (rest.empty() || (!reader.got_some() && rest == "\r")) return Step::need_more;
    // At least "0 CRLF CRLF" follows. Beast 1.81 asserts that it sees no less than that of a last chunk.
    if (reader.header_done && reader.chunked() && rest.size() < 5) return Step::need_more;
    error_code ec;
    const bool had_header = reader.header_done;
    reader.input = bytes;
    reader.put_at = consumed_;
    reader.behind_header = behind_header_;
    const std::size_t n = reader.put(boost::asio::const_buffer(rest.data(), rest.size()), ec);
    consumed_ += n;
    if (had_header) behind_header_ += n;
    if (reader.is_done() && reader.chunked()) reader.count_trailers(n, ec);
    if (reader.folded)
      return fail(ErrorCode::validation, "header: line folding is not accepted (RFC 9112, 5.2)");
    if (!reader.framing_fault.empty()) return fail(ErrorCode::validation, std::string(reader.framing_fault));
    if (reader.too_much_framing)
      return fail(ErrorCode::headers_too_large,
                  "chunk sizes, extensions and trailers: at most " + std::to_string(limits_.header_bytes) +
                      " bytes, and " + std::to_string(framing_per_byte) + " for each byte of the body");
    if (!had_header && reader.header_done) {
      header_size_ = consumed_;
      const std::string_view request = bytes.substr(empty_line_bytes_);
      if (reader.target.size > limits_.target_bytes) return fail_from({}, request);
      if (header_size_ - empty_line_bytes_ > limits_.header_bytes)
        return fail_from(beast_http::error::header_limit, request);
      reader.eager(true);
      if (!ec && !reader.is_done()) return Step::header;
    }
    if (ec == beast_http::error::need_more) {
      // This is a whole header, or behind it an unfinished line (chunk extension, trailer).
      const std::size_t unfinished = reader.header_done ? rest.size() - n : bytes.size() - empty_line_bytes_;
      if (unfinished > limits_.header_bytes)
        return fail_from(beast_http::error::header_limit, bytes.substr(empty_line_bytes_));
      return Step::need_more;
    }
    if (ec) return fail_from(ec, bytes.substr(empty_line_bytes_));
    if (n == 0) return Step::need_more;
  }
  return Step::complete;
}

RequestParser::Step RequestParser::fail(ErrorCode code, std::string message) {
  error_ = Error(code, std::move(message));
  return Step::failed;
}

RequestParser::Step RequestParser::fail_from(const error_code& ec, std::string_view bytes) {
  const bool line_too_long =
      bytes.substr(0, std::min(bytes.size(), limits_.target_bytes + 16)).find("\r\n") ==
          std::string_view::npos &&
      bytes.size() > limits_.target_bytes;
  if (!ec || (ec == beast_http::error::header_limit && line_too_long)) {
    return fail(ErrorCode::uri_too_long, "URL: at most " + std::to_string(limits_.target_bytes) + " bytes");
  }
  if (ec == beast_http::error::header_limit) {
    return fail(ErrorCode::headers_too_large,
                "headers: at most " + std::to_string(limits_.header_bytes) + " bytes");
  }
  if (ec == beast_http::error::body_limit) {
    return fail(ErrorCode::request_too_large,
                "body: at most " + std::to_string(limits_.body_bytes) + " bytes");
  }
  return fail(ErrorCode::validation, "malformed HTTP request: " + ec.message());
}

bool RequestParser::expects_continue() const {
  const Reader& reader = *machine_->reader;
  return reader.header_done && !reader.is_done() && reader.version == 11 && reader.expects_continue;
}

void RequestParser::read_known(std::string_view bytes, Request& request) const {
  const Reader& reader = *machine_->reader;
  if (reader.target.size == 0) return;
  request.method = reader.method;
  request.method_text = reader.method_text.in(bytes);
  request.version = reader.version;
  reader.fill(bytes, request);
}

void RequestParser::read(std::string_view bytes, Request& request) const {
  const Reader& reader = *machine_->reader;
  request.method = reader.method;
  request.method_text = reader.method_text.in(bytes);
  request.version = reader.version;
  request.keep_alive = reader.keep_alive();
  request.has_body = reader.chunked() || (reader.content_length() && *reader.content_length() > 0);
  request.body = reader.body;
  reader.fill(bytes, request);
}

}  // namespace papi::http
