#pragma once

// HTTP/1.1 request parsing (RFC 9112) over Beast's basic_parser, which gives views and allocates nothing.

#include <cstddef>
#include <memory>
#include <string_view>

#include "platform/base/error.hpp"
#include "platform/http/message.hpp"

namespace papi::http {

struct RequestLimits {
  std::size_t header_bytes = 16 * 1024;  // request line and all fields
  std::size_t target_bytes = 4 * 1024;
  std::size_t body_bytes = 1024 * 1024;
};

/// Takes the bytes of one request as they come, then the next one's after reset(). Does no I/O.
class RequestParser {
 public:
  /// `header` comes once, for a request with a body: its header can be read, and of the body nothing was
  /// looked at. Call advance() again with the same bytes to go on.
  enum class Step { need_more, header, complete, failed };

  explicit RequestParser(const RequestLimits& limits);
  ~RequestParser();

  /// `bytes` begins at the request's first byte and holds all that came so far; it may have moved in memory
  /// since the last call. Once the header is complete, bytes behind header_size() and before consumed() may
  /// be dropped by the caller with drop_body_bytes(). Some empty lines in front of the request are passed
  /// over (RFC 9112 §2.2).
  Step advance(std::string_view bytes);

  /// After `header` or `complete`: the request, as views into `bytes` (what was given to advance(), at least
  /// up to header_size()) and this parser's body, of which `header` has none yet.
  void read(std::string_view bytes, Request& request) const;
  /// What is known of a request that failed or did not come in time: method, path and the headers so far.
  void read_known(std::string_view bytes, Request& request) const;
  /// After `failed`.
  const Error& error() const { return error_; }

  std::size_t consumed() const { return consumed_; }
  bool header_complete() const;
  std::size_t header_size() const { return header_size_; }
  void drop_body_bytes() { consumed_ = header_size_; }
  /// How many bytes of empty lines stand before a request that has not begun. They may be dropped.
  std::size_t drop_empty_lines();
  /// What has come of the body so far.
  std::string_view body() const;
  /// The client waits for `100 Continue` (RFC 9110 §10.1.1) before it sends the body.
  bool expects_continue() const;

  void reset();

 private:
  class Machine;
  Step fail(ErrorCode code, std::string message);
  Step fail_from(const boost::system::error_code& ec, std::string_view bytes);

  RequestLimits limits_;
  std::unique_ptr<Machine> machine_;
  std::size_t consumed_ = 0;
  std::size_t header_size_ = 0;
  std::size_t empty_lines_ = 0;       // passed over before this request
  std::size_t empty_line_bytes_ = 0;  // of them, still in front of the bytes
  std::size_t behind_header_ = 0;     // bytes taken, whether dropped or not
  Error error_;
};

}  // namespace papi::http
