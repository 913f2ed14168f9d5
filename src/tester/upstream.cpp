#include "tester/upstream.hpp"

#include <netinet/tcp.h>

#include <array>
#include <boost/asio/ssl/error.hpp>

namespace papi::tester {
namespace {

using boost::system::error_code;

// A page that takes its events slowly must be slow for the service too. So the kernel keeps little of what
// the service sent.
constexpr int kernel_buffer = 128 * 1024;

Error failed(std::string_view what, const error_code& ec) {
  return Error(ErrorCode::upstream_error, std::string(what) + ": " + ec.message());
}
Error late(std::string_view what) {
  return Error(ErrorCode::upstream_timeout, std::string(what) + ": no answer in time");
}

/// Notices a machine that is gone without a word.
void keep_alive(TcpSocket& socket) {
  using Idle = net::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
  using Interval = net::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
  using Count = net::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPCNT>;
  error_code ignored;
  socket.set_option(net::socket_base::keep_alive(true), ignored);
  socket.set_option(Idle(60), ignored);
  socket.set_option(Interval(15), ignored);
  socket.set_option(Count(4), ignored);
  socket.set_option(net::ip::tcp::no_delay(true), ignored);
}

}  // namespace

Task<Result<void>> Upstream::open(net::ssl::context& tls, const UpstreamTarget& to) {
  Deadline deadline(transport_.socket(), limits_.connect);
  const auto dialled = co_await dial(to, deadline);
  if (deadline.passed()) co_return late("connecting");
  if (!dialled || !to.secure) co_return dialled;
  const error_code ec = co_await transport_.connect_tls(tls, to.host, to.verify);
  if (deadline.passed()) co_return late("TLS");
  if (ec) co_return failed("TLS", ec);
  co_return Result<void>();
}

Task<Result<void>> Upstream::dial(const UpstreamTarget& to, const Deadline& deadline) {
  TcpSocket& socket = transport_.socket();
  TcpResolver resolver(socket.get_executor());
  const std::string port = std::to_string(to.port);
  auto [unresolved, addresses] = co_await resolver.async_resolve(to.host, port, as_result);
  if (unresolved) co_return failed("resolving the host", unresolved);
  if (deadline.passed()) co_return late("resolving the host");  // nothing limits what begins now
  error_code ec = net::error::host_not_found;
  for (const auto& entry : addresses) {
    error_code ignored;
    socket.close(ignored);
    socket.open(entry.endpoint().protocol(), ec);
    if (ec) continue;
    socket.set_option(net::socket_base::receive_buffer_size(kernel_buffer), ignored);
    const auto endpoint = entry.endpoint();
    std::tie(ec) = co_await socket.async_connect(endpoint, as_result);
    if (!ec || !socket.is_open()) break;
  }
  if (ec) co_return failed("connecting", ec);
  keep_alive(socket);
  co_return Result<void>();
}

Task<Result<void>> Upstream::ask(std::string_view head, std::string_view content) {
  Deadline deadline(transport_.socket(), limits_.answer);
  const std::array<net::const_buffer, 2> request = {net::buffer(head.data(), head.size()),
                                                    net::buffer(content.data(), content.size())};
  // The service may answer, and close, before it has read all of the body. So its answer is read in any case.
  co_await transport_.write(request);
  while (!parser_.header_complete()) {
    const auto read = co_await read_more();
    if (deadline.passed()) co_return late("waiting for the answer");
    if (!read) co_return read.error();
  }
  co_return Result<void>();
}

Task<Result<void>> Upstream::read_more() {
  body_.clear();
  buffer_.resize(limits_.buffer);
  const net::mutable_buffer space = net::buffer(buffer_);
  auto [ec, n] = co_await transport_.read_some(space);
  if (ec == net::error::eof || ec == net::ssl::error::stream_truncated) co_return parser_.end();
  if (ec) co_return failed("reading the answer", ec);
  co_return parser_.feed(std::string_view(buffer_.data(), n), body_);
}

}  // namespace papi::tester
