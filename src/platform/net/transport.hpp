#pragma once

#include <poll.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <memory>

#include "platform/base/task.hpp"
#include "platform/net/ip_address.hpp"

namespace papi {

using TcpSocket = net::basic_stream_socket<net::ip::tcp, Executor>;
using TcpAcceptor = net::basic_socket_acceptor<net::ip::tcp, Executor>;
using TcpResolver = net::ip::basic_resolver<net::ip::tcp, Executor>;

/// A connected TCP socket, with or without TLS. At most one read and one write may be pending. After close(),
/// pending operations end with an error. Lives on one thread.
class Transport {
 public:
  using IoResult = std::tuple<boost::system::error_code, std::size_t>;

  explicit Transport(TcpSocket socket) : socket_(std::move(socket)) {}
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  Task<boost::system::error_code> accept_tls(net::ssl::context& context) {
    tls_ = std::make_unique<net::ssl::stream<TcpSocket&>>(socket_, context);
    auto [ec] = co_await tls_->async_handshake(net::ssl::stream_base::server, as_result);
    co_return ec;
  }

  /// Does the TLS handshake of a client. `host` is the name or address that the server's certificate must be
  /// for. `verify` may be false only for a server that this process itself is.
  Task<boost::system::error_code> connect_tls(net::ssl::context& context, const std::string& host,
                                              bool verify = true) {
    tls_ = std::make_unique<net::ssl::stream<TcpSocket&>>(socket_, context);
    // SSL_set_tlsext_host_name is a macro with an old-style cast, so its expansion stands here. An address is
    // no server name (RFC 6066 §3).
    if (!parse_ip_address(host)) {
      SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(host.c_str()));
    }
    tls_->set_verify_mode(verify ? net::ssl::verify_peer : net::ssl::verify_none);
    if (verify) tls_->set_verify_callback(net::ssl::host_name_verification(host));
    auto [ec] = co_await tls_->async_handshake(net::ssl::stream_base::client, as_result);
    co_return ec;
  }

  auto read_plain(net::mutable_buffer buffer) { return socket_.async_read_some(buffer, as_result); }
  auto read_tls(net::mutable_buffer buffer) { return tls_->async_read_some(buffer, as_result); }

  Task<IoResult> read_some(net::mutable_buffer buffer) {
    if (tls_) co_return co_await tls_->async_read_some(buffer, as_result);
    co_return co_await socket_.async_read_some(buffer, as_result);
  }
  template <class Buffers>
  Task<IoResult> write(const Buffers& buffers) {
    if (tls_) co_return co_await net::async_write(*tls_, buffers, as_result);
    co_return co_await net::async_write(socket_, buffers, as_result);
  }

  /// Waits until the kernel takes at least one byte, then returns. It may write less than all.
  template <class Buffers>
  Task<IoResult> write_some(const Buffers& buffers) {
    if (tls_) co_return co_await tls_->async_write_some(buffers, as_result);
    co_return co_await socket_.async_write_some(buffers, as_result);
  }
  /// Sends the TLS close_notify, so that the peer can tell the end from a cut connection. Then waits for the
  /// peer's close_notify, or until the socket is closed. No other operation may be pending. Without TLS it
  /// does nothing.
  Task<void> end_tls() {
    if (tls_) co_await tls_->async_shutdown(as_result);
  }

  bool secure() const { return tls_ != nullptr; }
  bool open() const { return socket_.is_open(); }
  TcpSocket& socket() { return socket_; }
  /// Returns true if the kernel would take bytes now. If a write waits in spite of that, this process is
  /// late, not the peer.
  bool takes_bytes() {
    pollfd kernel{socket_.native_handle(), POLLOUT, 0};
    return ::poll(&kernel, 1, 0) > 0;
  }
  Executor executor() { return socket_.get_executor(); }

  /// Ends pending reads and writes with operation_aborted. The socket stays usable for a last write.
  void cancel() {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }
  void shutdown_send() {
    boost::system::error_code ignored;
    socket_.shutdown(net::ip::tcp::socket::shutdown_send, ignored);
  }
  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 private:
  TcpSocket socket_;
  std::unique_ptr<net::ssl::stream<TcpSocket&>> tls_;
};

}  // namespace papi
