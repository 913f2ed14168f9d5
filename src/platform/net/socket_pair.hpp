#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "platform/net/transport.hpp"

namespace papi::test {

/// Two connected stream sockets, for tests: the server's end for the code under test, and the client's end as
/// a descriptor that never blocks. What one end writes, the other can read at once, so a test needs no wait.
class SocketPair {
 public:
  explicit SocketPair(Executor executor) : server(executor) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      throw std::runtime_error("socketpair");
    server.assign(net::ip::tcp::v4(), ends[0]);
    client_ = ends[1];
    ::fcntl(client_, F_SETFL, O_NONBLOCK);
  }
  ~SocketPair() { close(); }
  SocketPair(const SocketPair&) = delete;
  SocketPair& operator=(const SocketPair&) = delete;

  /// Returns how many bytes the kernel took.
  std::size_t send(std::string_view bytes) const {
    const auto n = ::send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return n < 0 ? 0 : static_cast<std::size_t>(n);
  }
  /// Returns what has arrived, at most `limit` bytes.
  std::string receive(std::size_t limit = std::size_t{1} << 30) {
    std::string all;
    char piece[16 * 1024];
    while (all.size() < limit) {
      const auto n = ::recv(client_, piece, std::min(sizeof piece, limit - all.size()), 0);
      if (n == 0 || (n < 0 && errno != EAGAIN)) ended_ = true;
      if (n <= 0) break;
      all.append(piece, static_cast<std::size_t>(n));
    }
    return all;
  }
  /// After receive(): returns true if the server sends no more.
  bool ended() const { return ended_; }
  /// The client sends no more, but still reads.
  void half_close() const { ::shutdown(client_, SHUT_WR); }
  void close() {
    if (client_ >= 0) ::close(std::exchange(client_, -1));
  }

  TcpSocket server;

 private:
  int client_ = -1;
  bool ended_ = false;
};

/// Runs what can run without waiting.
inline void run_ready(net::io_context& context) {
  context.restart();
  while (context.poll() > 0) context.restart();
}

}  // namespace papi::test
