#include "platform/websocket/client.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <list>

#include "platform/base/notifier.hpp"
#include "platform/net/deadline.hpp"
#include "platform/net/ip_address.hpp"
#include "platform/net/public_address.hpp"
#include "platform/net/transport.hpp"
#include "platform/websocket/byte_stream.hpp"

namespace papi::websocket {
namespace {

namespace beast = boost::beast;
namespace ws = boost::beast::websocket;
using boost::system::error_code;
using Tls = net::ssl::stream<TcpSocket>;
using TlsInTls = net::ssl::stream<Tls>;  // TLS to the target, carried by TLS to the proxy
// Without compression, because the payloads are compressed already.
using Stream = ws::stream<ByteStream, false>;

struct Target {
  bool secure = true;
  std::string host;  // without brackets
  std::uint16_t port = 0;
  std::string authority;
  std::string path;
};

/// Judges the host name as it is written, because it is not known to which address a proxy would resolve
/// another name.
bool names_loopback(const std::string& host) {
  const auto address = parse_ip_address(host);
  return address ? address->is_loopback() : host == "localhost";
}

Result<Target> parse_target(const std::string& text) {
  const auto url = boost::urls::parse_uri(text);
  if (!url || (url->scheme() != "ws" && url->scheme() != "wss")) {
    return Error(ErrorCode::upstream_error, "the socket's address is not a WebSocket URL");
  }
  Target target;
  target.secure = url->scheme() == "wss";
  target.host = url->host_address();
  target.port = url->has_port() ? url->port_number() : target.secure ? 443 : 80;
  target.authority = std::string(url->encoded_host_and_port());
  target.path = std::string(url->encoded_target());
  if (target.path.empty() || target.path.front() != '/') target.path.insert(0, "/");
  return target;
}

/// Writes go through a queue, because a stream allows one write at a time.
class StreamClient final : public Client {
 public:
  StreamClient(std::unique_ptr<Layer> layer, std::size_t max_message)
      : stream_(ByteStream(std::move(layer))) {
    stream_.read_message_max(max_message);
    stream_.binary(true);
    stream_.auto_fragment(false);
    stream_.write_buffer_bytes(write_buffer);
  }
  ~StreamClient() override {
    *alive_ = false;
    close();
  }

  Stream& stream() { return stream_; }
  TcpSocket& socket() { return stream_.next_layer().socket(); }

  Task<Result<std::string>> read() override {
    auto [ec, n] = co_await stream_.async_read(buffer_, as_result);
    if (ec && closed_) co_return Error(ErrorCode::upstream_error, "closed by us");
    if (ec) co_return Error(ErrorCode::upstream_error, "the connection ended: " + ec.message());
    std::string message(static_cast<const char*>(buffer_.data().data()), buffer_.size());
    buffer_.consume(buffer_.size());
    if (buffer_.capacity() > kept_buffer) buffer_ = beast::flat_buffer();
    co_return message;
  }

  void send(std::string message) override {
    if (closed_ || queue_.size() >= max_queue) return;
    queue_.push_back(std::move(message));
    if (!writing_) write_next();
  }

  void close() override {
    // No closing handshake: browsers that leave a page close without a code, and a peer that hangs must not
    // block us.
    closed_ = true;
    error_code ignored;
    socket().close(ignored);
  }

 private:
  static constexpr std::size_t max_queue = 1000;
  // In bytes. Many connections are open for hours and send little, so their buffers are small.
  static constexpr std::size_t write_buffer = 1024;
  static constexpr std::size_t kept_buffer = 8 * 1024;

  void write_next() {
    writing_ = true;
    stream_.async_write(net::buffer(queue_.front()), [this, alive = alive_](error_code ec, std::size_t) {
      if (!*alive) return;
      writing_ = false;
      queue_.pop_front();
      if (!ec && !queue_.empty()) write_next();
    });
  }

  Stream stream_;
  beast::flat_buffer buffer_;
  std::list<std::string> queue_;
  bool writing_ = false;
  bool closed_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // a write may outlive this object
};

Client::Refusal refusal_of(const ws::response_type& response) {
  const auto header = [&response](const char* name) {
    const auto found = response.find(name);
    return found == response.end() ? std::string()
                                   : std::string(found->value().data(), found->value().size());
  };
  return {response.result_int(), header("Handshake-Msg"), header("Handshake-Status")};
}

Error failure(const Deadline& deadline, std::string_view what, const error_code& ec) {
  if (deadline.passed()) return Error(ErrorCode::upstream_timeout, std::string(what) + ": no answer in time");
  // An error in received bytes can describe these bytes. So only errors of the system, of name resolution and
  // of TLS are quoted.
  const bool by_system = ec.category() == boost::system::system_category() ||
                         ec.category() == net::error::get_netdb_category() ||
                         ec.category() == net::error::get_ssl_category();
  return Error(ErrorCode::upstream_error,
               std::string(what) + ": " + (by_system ? ec.message() : "the answer was not understood"));
}

/// Returns the addresses that may be connected to.
std::vector<net::ip::tcp::endpoint> permitted(const TcpResolver::results_type& addresses,
                                              bool loopback_is_meant) {
  std::vector<net::ip::tcp::endpoint> out;
  for (const auto& entry : addresses) {
    const auto address = entry.endpoint().address();
    if (is_public(address) || (loopback_is_meant && address.is_loopback())) out.push_back(entry.endpoint());
  }
  return out;
}

/// Opens the TCP connection: to the proxy if there is one, else to the target.
Task<Result<void>> dial(TcpSocket& socket, const Deadline& deadline, const Target& target,
                        const ClientOptions& options) {
  const Proxy* proxy = options.proxy;
  const std::string host = proxy ? proxy->host : target.host;
  const std::string port = proxy ? proxy->port : std::to_string(target.port);
  const std::string name = proxy ? "the proxy" : host;
  TcpResolver resolver(socket.get_executor());
  auto [resolve_error, addresses] = co_await resolver.async_resolve(host, port, as_result);
  if (resolve_error) co_return failure(deadline, "resolving " + name, resolve_error);
  std::vector<net::ip::tcp::endpoint> endpoints;
  if (proxy) {
    for (const auto& entry : addresses) endpoints.push_back(entry.endpoint());
  } else {
    endpoints = permitted(addresses, options.loopback_is_meant);
    if (endpoints.empty())
      co_return Error(ErrorCode::blocked, "the socket's host has an address that is not public");
  }
  bool only_loopback = names_loopback(target.host);
  if (!proxy) {
    only_loopback = std::all_of(endpoints.begin(), endpoints.end(),
                                [](const auto& endpoint) { return endpoint.address().is_loopback(); });
  }
  if (!target.secure && !only_loopback)
    co_return Error(ErrorCode::upstream_error, "plain ws:// is allowed to a loopback address only");
  if (deadline.passed()) co_return failure(deadline, "resolving " + name, {});
  auto [connect_error, endpoint] = co_await net::async_connect(socket, endpoints, as_result);
  if (connect_error) co_return failure(deadline, "connecting to " + name, connect_error);
  error_code ignored;
  socket.set_option(net::ip::tcp::no_delay(true), ignored);
  co_return Result<void>();
}

template <class TlsLayer>
Task<Result<void>> shake_hands(TlsLayer& tls, const Deadline& deadline, const std::string& host) {
  // SSL_set_tlsext_host_name is a macro with an old-style cast, so its expansion stands here.
  SSL_ctrl(tls.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>(host.c_str()));
  tls.set_verify_mode(net::ssl::verify_peer);
  tls.set_verify_callback(net::ssl::host_name_verification(host));
  auto [ec] = co_await tls.async_handshake(net::ssl::stream_base::client, as_result);
  if (ec) co_return failure(deadline, "TLS with " + host, ec);
  co_return Result<void>();
}

template <class Bytes>
Task<Result<void>> open_tunnel(Bytes& bytes, const Deadline& deadline, const Proxy& proxy,
                               const Target& target) {
  ProxyHandshake handshake(proxy, target.host, target.port);
  std::array<char, 1024> buffer;
  for (;;) {
    const std::string out = handshake.take_output();
    auto [write_error, written] = co_await net::async_write(bytes, net::buffer(out), as_result);
    if (write_error) co_return failure(deadline, "the proxy", write_error);
    auto [read_error, size] = co_await bytes.async_read_some(net::buffer(buffer), as_result);
    if (read_error) co_return failure(deadline, "the proxy", read_error);
    CO_TRY(const bool open, handshake.feed(std::string_view(buffer.data(), size)));
    if (open) co_return Result<void>();
  }
}

template <class Bytes>
constexpr bool is_tls = false;
template <class Next>
constexpr bool is_tls<net::ssl::stream<Next>> = true;

/// Opens everything below the WebSocket: TCP, the proxy's tunnel, TLS to the target.
template <class Outer>
Task<Result<void>> reach(Outer& outer, const Deadline& deadline, const Target& target,
                         const ClientOptions& options) {
  const Proxy* proxy = options.proxy;
  TcpSocket& socket = beast::get_lowest_layer(outer);
  const auto dialled = co_await dial(socket, deadline, target, options);
  if (!dialled) co_return dialled.error();
  if (proxy && proxy->kind != Proxy::Kind::https) {
    const auto tunnel = co_await open_tunnel(socket, deadline, *proxy, target);
    if (!tunnel) co_return tunnel.error();
  }
  if constexpr (is_tls<Outer>) {
    if (proxy && proxy->kind == Proxy::Kind::https) {
      Tls* inner = nullptr;
      if constexpr (std::is_same_v<Outer, Tls>) inner = &outer;
      if constexpr (!std::is_same_v<Outer, Tls>) inner = &outer.next_layer();
      const auto proxy_tls = co_await shake_hands(*inner, deadline, proxy->host);
      if (!proxy_tls) co_return proxy_tls.error();
      const auto tunnel = co_await open_tunnel(*inner, deadline, *proxy, target);
      if (!tunnel) co_return tunnel.error();
    }
    if (target.secure) {
      const auto target_tls = co_await shake_hands(outer, deadline, target.host);
      if (!target_tls) co_return target_tls.error();
    }
  }
  co_return Result<void>();
}

/// Does the WebSocket handshake on a connected layer.
Task<Result<std::unique_ptr<Client>>> shake_hands(std::unique_ptr<Layer> layer, const Deadline& deadline,
                                                  const Target& target, const ClientOptions& options,
                                                  Client::Refusal& refused) {
  auto client = std::make_unique<StreamClient>(std::move(layer), options.max_message);
  ws::stream_base::decorator decorate([&options](ws::request_type& request) {
    for (const auto& [name, value] : options.headers) request.set(name, value);
  });
  client->stream().set_option(std::move(decorate));
  ws::response_type response;
  auto [ec] = co_await client->stream().async_handshake(response, target.authority, target.path, as_result);
  if (ec == ws::error::upgrade_declined) {
    refused = refusal_of(response);
    co_return Error(ErrorCode::upstream_error, "the socket was refused");
  }
  if (ec) co_return failure(deadline, "WebSocket handshake with " + target.host, ec);
  co_return std::unique_ptr<Client>(std::move(client));
}

template <class Outer>
Task<Result<std::unique_ptr<Client>>> open(std::unique_ptr<LayerOf<Outer>> layer, const Target& target,
                                           const ClientOptions& options, Client::Refusal& refused) {
  Deadline deadline(layer->socket(), options.connect_timeout);
  const auto reached = co_await reach(layer->stream(), deadline, target, options);
  if (!reached) co_return reached.error();
  co_return co_await shake_hands(std::move(layer), deadline, target, options, refused);
}

}  // namespace

Task<Result<std::unique_ptr<Client>>> Client::connect(Executor executor, net::ssl::context& tls,
                                                      ClientOptions options, Refusal& refusal) {
  CO_TRY(const Target target, parse_target(options.url));
  const bool tls_to_proxy = options.proxy && options.proxy->kind == Proxy::Kind::https;
  if (target.secure && tls_to_proxy) {
    auto layer = std::make_unique<LayerOf<TlsInTls>>(Tls(executor, tls), tls);
    co_return co_await open(std::move(layer), target, options, refusal);
  }
  if (target.secure || tls_to_proxy) {
    auto layer = std::make_unique<LayerOf<Tls>>(executor, tls);
    co_return co_await open(std::move(layer), target, options, refusal);
  }
  auto layer = std::make_unique<LayerOf<TcpSocket>>(executor);
  co_return co_await open(std::move(layer), target, options, refusal);
}

}  // namespace papi::websocket
