#pragma once

// The bytes below a WebSocket client: TCP, TLS, or TLS inside TLS, behind one type. Beast's operations are
// large templates; with this type they are compiled once and not for each kind of stream.

#include <array>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <functional>
#include <memory>
#include <utility>

#include "platform/net/transport.hpp"

namespace papi::websocket {

/// Reads and writes bytes. All calls and completions run on the socket's executor, which has one thread.
class Layer {
 public:
  using Promise = std::function<void(boost::system::error_code, std::size_t)>;
  /// Beast writes a frame's header and payload in one call, and may add an empty buffer.
  using WriteBuffers = std::array<net::const_buffer, 4>;

  virtual ~Layer() = default;
  virtual TcpSocket& socket() = 0;
  virtual void read_some(net::mutable_buffer buffer, Promise done) = 0;
  virtual void write_some(const WriteBuffers& buffers, Promise done) = 0;
};

template <class Stream>
class LayerOf final : public Layer {
 public:
  template <class... Args>
  explicit LayerOf(Args&&... args) : stream_(std::forward<Args>(args)...) {}

  Stream& stream() { return stream_; }
  TcpSocket& socket() override { return boost::beast::get_lowest_layer(stream_); }
  void read_some(net::mutable_buffer buffer, Promise done) override {
    stream_.async_read_some(buffer, std::move(done));
  }
  void write_some(const WriteBuffers& buffers, Promise done) override {
    stream_.async_write_some(buffers, std::move(done));
  }

 private:
  Stream stream_;
};

/// Makes a Layer usable as Asio's AsyncStream.
class ByteStream {
 public:
  using executor_type = Executor;

  explicit ByteStream(std::unique_ptr<Layer> layer) : layer_(std::move(layer)) {}

  executor_type get_executor() noexcept { return layer_->socket().get_executor(); }
  TcpSocket& socket() { return layer_->socket(); }

  /// Reads into the first buffer that is not empty.
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    const auto start = [](auto handler, Layer* layer, net::mutable_buffer buffer) {
      layer->read_some(buffer, erased(std::move(handler)));
    };
    net::mutable_buffer first;
    for (auto i = net::buffer_sequence_begin(buffers); i != net::buffer_sequence_end(buffers); ++i) {
      first = *i;
      if (first.size() != 0) break;
    }
    return net::async_initiate<Token, void(boost::system::error_code, std::size_t)>(start, token,
                                                                                    layer_.get(), first);
  }

  /// Writes as many buffers as WriteBuffers holds. Asio's composed write sends the rest in its next call.
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    const auto start = [](auto handler, Layer* layer, const Layer::WriteBuffers& some) {
      layer->write_some(some, erased(std::move(handler)));
    };
    Layer::WriteBuffers some;
    std::size_t used = 0;
    for (auto i = net::buffer_sequence_begin(buffers);
         i != net::buffer_sequence_end(buffers) && used < some.size(); ++i) {
      const net::const_buffer buffer(*i);
      if (buffer.size() != 0) some[used++] = buffer;
    }
    return net::async_initiate<Token, void(boost::system::error_code, std::size_t)>(start, token,
                                                                                    layer_.get(), some);
  }

 private:
  /// std::function needs a callable that can be copied. Handlers can only be moved, so the handler is shared.
  template <class Handler>
  static Layer::Promise erased(Handler handler) {
    return [kept = std::make_shared<Handler>(std::move(handler))](
               boost::system::error_code ec, std::size_t size) { std::move (*kept)(ec, size); };
  }

  std::unique_ptr<Layer> layer_;
};

/// Called by Beast when the peer has closed the WebSocket. There is nothing to wait for, because the peer
/// sends no more.
template <class Handler>
void async_teardown(boost::beast::role_type, ByteStream& stream, Handler&& handler) {
  boost::system::error_code ignored;
  stream.socket().shutdown(net::ip::tcp::socket::shutdown_both, ignored);
  net::post(stream.get_executor(),
            boost::beast::bind_front_handler(std::forward<Handler>(handler), boost::system::error_code()));
}

inline void teardown(boost::beast::role_type, ByteStream& stream, boost::system::error_code& ec) {
  stream.socket().shutdown(net::ip::tcp::socket::shutdown_both, ec);
}

/// Called by Beast when one of its time limits has passed.
inline void beast_close_socket(ByteStream& stream) {
  boost::system::error_code ignored;
  stream.socket().close(ignored);
}

}  // namespace papi::websocket
