#pragma once

#include <boost/asio/ssl/context.hpp>

#include "platform/http/response_parser.hpp"
#include "platform/net/deadline.hpp"
#include "platform/net/transport.hpp"
#include "tester/upstream_target.hpp"

namespace papi::tester {

struct UpstreamLimits {
  std::chrono::milliseconds connect{5'000};   // to resolve, connect and do the TLS handshake
  std::chrono::milliseconds answer{120'000};  // until the header of the answer is there; /connect waits long
  std::size_t buffer = 64 * 1024;             // of each direction
};

/// One connection to the service, for one request. Lives on one thread.
class Upstream {
 public:
  Upstream(Executor executor, const UpstreamLimits& limits, bool to_head)
      : transport_(TcpSocket(executor)), limits_(limits), parser_(to_head) {}

  /// Connects. Fails with UPSTREAM_ERROR or UPSTREAM_TIMEOUT; the message is for the caller.
  Task<Result<void>> open(net::ssl::context& tls, const UpstreamTarget& to);
  /// Sends the request and waits until the header of the answer is there. What came of the body is then in
  /// body(). Fails as open() does.
  Task<Result<void>> ask(std::string_view head, std::string_view content);
  /// Reads the next piece of the body into body(), which it empties first. Fails if the answer is cut.
  Task<Result<void>> read_more();

  const http::ResponseParser& answer() const { return parser_; }
  std::string& body() { return body_; }
  Transport& transport() { return transport_; }
  void close() { transport_.close(); }

 private:
  Task<Result<void>> dial(const UpstreamTarget& to, const Deadline& deadline);

  Transport transport_;
  const UpstreamLimits& limits_;
  http::ResponseParser parser_;
  std::string body_;
  std::string buffer_;
};

}  // namespace papi::tester
