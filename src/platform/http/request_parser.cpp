#include "platform/http/request_parser.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>
#include <optional>

#include "platform/base/text.hpp"

namespace papi::http {
namespace beast_http = boost::beast::http;
using boost::system::error_code;

namespace {

// Views into the input are kept as offsets, as the connection's buffer may move while a body is read.
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
    // Beast's own count depends on how the bytes were cut, so advance() counts instead.
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(limits.body_bytes);
    eager(true);
  }

  std::string_view input;  // set before each put()
  Method method = Method::other;
  Span method_text, target;
  std::vector<std::pair<Span, Span>> fields;
  std::string body;
  int version = 11;
  bool header_done = false;
  bool folded = false;
  bool bad_framing = false;
  bool expects_continue = false;

 private:
  using View = boost::beast::string_view;  // not the standard one in Boost 1.81

  Span span(View view) {
    const bool inside =
        view.data() >= input.data() && view.data() + view.size() <= input.data() + input.size();
    if (!inside && !view.empty()) folded = true;
    return inside ? Span{static_cast<std::uint32_t>(view.data() - input.data()),
                         static_cast<std::uint32_t>(view.size())}
                  : Span{};
  }
  void on_request_impl(beast_http::verb verb, View text, View to, int http_version, error_code&) override {
    method = method_of(verb), method_text = span(text), target = span(to), version = http_version;
  }
  void on_response_impl(int, View, int, error_code&) override {}
  void on_field_impl(beast_http::field field, View name, View value, error_code&) override {
    if (header_done) return;  // trailers are read and dropped
    const std::string_view text(value.data(), value.size());
    if (!text.empty() &&
        std::string_view(name.end(), static_cast<std::size_t>(text.data() - name.end())).find('\r') !=
            std::string_view::npos)
      folded = true;
    // Where a body ends must not be a matter of opinion (RFC 9112 §6.1, §6.3: request smuggling).
    if (field == beast_http::field::transfer_encoding) {
      bad_framing = bad_framing || sees_encoding_ || sees_length_ || version == 10 ||
                    !equals_ignoring_case(text, "chunked");
      sees_encoding_ = true;
    }
    if (field == beast_http::field::content_length) {
      bad_framing = bad_framing || sees_encoding_;
      sees_length_ = true;
    }
    if (field == beast_http::field::expect) expects_continue = equals_ignoring_case(text, "100-continue");
    fields.emplace_back(span(name), span(value));
  }
  void on_header_impl(error_code&) override { header_done = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(View bytes, error_code&) override {
    return body.append(bytes.data(), bytes.size()), bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, View, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View bytes, error_code&) override {
    return body.append(bytes.data(), bytes.size()), bytes.size();
  }
  void on_finish_impl(error_code&) override {}

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
    if (reader) fields = std::move(reader->fields), body = std::move(reader->body);
    fields.clear(), body.clear();
    if (body.capacity() > 64 * 1024) body = std::string();
    reader.emplace(limits_);
    reader->fields = std::move(fields), reader->body = std::move(body);
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
  consumed_ = header_size_ = 0;
}

RequestParser::Step RequestParser::advance(std::string_view bytes) {
  Reader& reader = *machine_->reader;
  while (!reader.is_done()) {
    const std::string_view rest = bytes.substr(consumed_);
    if (rest.empty()) return Step::need_more;
    // The least that may follow is "0 CRLF CRLF", and Beast 1.81 asserts that it sees no less of a last
    // chunk.
    if (reader.header_done && reader.chunked() && rest.size() < 5) return Step::need_more;
    error_code ec;
    const bool had_header = reader.header_done;
    reader.input = bytes;
    std::size_t n = reader.put(boost::asio::const_buffer(rest.data(), rest.size()), ec);
    consumed_ += n;
    if (reader.folded)
      return fail(ErrorCode::validation, "header: line folding is not accepted (RFC 9112, 5.2)");
    if (reader.bad_framing)
      return fail(ErrorCode::validation,
                  "Transfer-Encoding: only 'chunked', once and without Content-Length (RFC 9112, 6.1)");
    if (!had_header && reader.header_done) {
      const auto end = bytes.find("\r\n\r\n");
      header_size_ = end == std::string_view::npos ? consumed_ : end + 4;
      if (reader.target.size > limits_.target_bytes) return fail_from({}, bytes);
      if (header_size_ > limits_.header_bytes) return fail_from(beast_http::error::header_limit, bytes);
    }
    if (ec == beast_http::error::need_more) {
      // A header as a whole, or an unfinished line (chunk extension, trailer) behind it.
      const std::size_t unfinished = reader.header_done ? rest.size() - n : bytes.size();
      if (unfinished > limits_.header_bytes) return fail_from(beast_http::error::header_limit, bytes);
      return Step::need_more;
    }
    if (ec) return fail_from(ec, bytes);
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
  request.target = reader.target.in(bytes);
  request.path = request.target.substr(0, request.target.find('?'));
  for (const auto& [name, value] : reader.fields)
    request.headers.push_back({name.in(bytes), value.in(bytes)});
}

void RequestParser::read(std::string_view bytes, Request& request) const {
  const Reader& reader = *machine_->reader;
  request.method = reader.method;
  request.method_text = reader.method_text.in(bytes);
  request.target = reader.target.in(bytes);
  const auto question = request.target.find('?');
  request.path = request.target.substr(0, question);
  request.query =
      question == std::string_view::npos ? std::string_view() : request.target.substr(question + 1);
  request.version = reader.version;
  request.keep_alive = reader.keep_alive();
  request.has_body = reader.chunked() || (reader.content_length() && *reader.content_length() > 0);
  request.body = reader.body;
  request.headers.clear();
  for (const auto& [name, value] : reader.fields)
    request.headers.push_back({name.in(bytes), value.in(bytes)});
}

}  // namespace papi::http
