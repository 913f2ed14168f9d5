#pragma once

// HTTP/1.1 request parsing (RFC 9112) over Beast's basic_parser, which gives views and allocates nothing.

#include <cstddef>
#include <memory>
#include <string_view>

#include "platform/base/error.hpp"
#include "platform/http/message.hpp"

namespace papi::http {

/// Limits of one request. Beyond them it fails with 431, 414 or 413.
struct RequestLimits {
  std::size_t header_bytes = 16 * 1024;  // request line and all fields
  std::size_t target_bytes = 4 * 1024;
  std::size_t body_bytes = 1024 * 1024;
};

/// Parses one request from bytes as they arrive, and the next one after reset(). Does no I/O.
class RequestParser {
 public:
  /// `header` is returned once, for a request with a body: the header can be read, and no byte of the body
  /// was looked at yet. Call advance() again with the same bytes to go on.
  enum class Step { need_more, header, complete, failed };

  explicit RequestParser(const RequestLimits& limits);
  ~RequestParser();

  /// `bytes` begins at the request's first byte and holds everything that has arrived. It may have moved in
  /// memory since the last call. Once the header is complete, the caller may remove the bytes from
  /// header_size() to consumed() and then call drop_body_bytes(). Up to eight empty lines before the request
  /// are ignored (RFC 9112 §2.2).
  Step advance(std::string_view bytes);

  /// Call after `header` or `complete`. Fills `request` with views into `bytes` and into this parser's body,
  /// which is empty after `header`. `bytes` is what advance() was given, at least up to header_size().
  void read(std::string_view bytes, Request& request) const;
  /// For a request that failed or did not arrive in time: fills in what is known, which is method, path and
  /// the headers so far.
  void read_known(std::string_view bytes, Request& request) const;
  /// Call after `failed`.
  const Error& error() const { return error_; }

  std::size_t consumed() const { return consumed_; }
  bool header_complete() const;
  std::size_t header_size() const { return header_size_; }
  void drop_body_bytes() { consumed_ = header_size_; }
  /// Returns the number of bytes of empty lines before a request that has not begun. The caller may remove
  /// them.
  std::size_t drop_empty_lines();
  /// Returns the part of the body that has arrived.
  std::string_view body() const;
  /// Returns true if the client waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1).
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
  std::size_t empty_lines_ = 0;       // ignored before this request
  std::size_t empty_line_bytes_ = 0;  // of those lines, still at the front of the bytes
  std::size_t behind_header_ = 0;     // bytes taken behind the header, removed or not
  Error error_;
};

}  // namespace papi::http
