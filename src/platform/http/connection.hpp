#pragma once

#include <optional>
#include <string>

#include "platform/http/body_budget.hpp"
#include "platform/http/connection_options.hpp"
#include "platform/http/dispatcher.hpp"
#include "platform/http/origin_resolver.hpp"

namespace papi::http {

class StreamSession;
class Tunnel;
class WebSocketSession;

/// What all connections of a server share. Any thread may use it.
struct ConnectionDependencies {
  const Dispatcher& dispatcher;
  const OriginResolver& origins;
  const ConnectionOptions& options;
  BodyBudget& bodies;
  Logger& log;
  const Clock& clock;
};

/// One client's HTTP/1 connection (RFC 9112). It reads requests and writes answers until either side ends it,
/// or until it has become a WebSocket and that has ended. run() is its coroutine: the connection must outlive
/// it. All members are called on the thread of the socket. The dependencies must outlive the connection.
class Connection {
 public:
  Connection(const ConnectionDependencies& deps, TcpSocket socket, const net::ip::address& peer);

  /// Serves the client. `tls` is the context for its TLS handshake; nullptr: no TLS. When it returns, the
  /// socket is closed. A fault of the client ends the connection and is no error.
  Task<void> run(std::shared_ptr<net::ssl::context> tls);
  /// Called twice a second. Ends what has waited too long, and sockets and streams whose authorization ended.
  void sweep(std::chrono::steady_clock::time_point now);
  /// Called when the server stops. Ends an idle connection, a stream or a WebSocket in order; a request is
  /// finished.
  void drain();
  /// Closes the socket and gives up a wait for a middleware. run() returns when that middleware has ended.
  void abort();

 private:
  enum class Phase { handshake, idle, reading, waiting, working, writing, lingering };

  Task<void> serve();
  Task<bool> read_more();
  Task<bool> flush();
  std::optional<std::size_t> admit();
  void begin_exchange(std::string_view bytes);
  std::optional<std::size_t> enter_pipeline();
  Task<void> wait_in_pipeline(std::size_t waiting);
  Task<void> finish_waiting();
  void hold_body();
  void forget_request();
  void end_idle();
  Task<void> handle_next();
  Task<void> answer_request(Exchange& exchange);
  Task<void> send_shared(const std::string& body);
  Task<void> refuse(const Error& error);
  Task<void> linger();
  Task<void> send_stream(Exchange& exchange, BodyStream& body, bool chunked);
  Task<void> speak_websocket(Exchange& exchange, Response& response);
  Task<void> open_tunnel(Exchange& exchange, Response& response);
  void enter_phase(Phase phase, std::chrono::milliseconds limit);

  const ConnectionDependencies& deps_;
  const ConnectionOptions& options_;
  Transport transport_;
  RequestParser parser_;
  Request request_;
  std::optional<Exchange> exchange_;      // the current request, once its header is complete
  std::optional<Error> refusal_;          // the pipeline's refusal of it
  std::unique_ptr<MiddlewareWait> wait_;  // of the request; if given up, kept until its middleware ends
  std::string header_;                    // of a request with a body: request_ points into it
  BodyBudget::Share body_share_;
  const Peer peer_;
  std::string forwarded_address_;  // of the current request
  std::string in_;                 // unread from start_ on
  std::size_t start_ = 0;          // where the current request begins
  std::string out_;
  std::string read_ahead_;  // bytes that came while an answer was streamed
  Phase phase_ = Phase::idle;
  std::chrono::steady_clock::time_point deadline_;
  bool timed_out_ = false;
  bool draining_ = false;
  bool closing_ = false;
  bool lost_ = false;
  bool sent_continue_ = false;
  WebSocketSession* websocket_ = nullptr;
  StreamSession* stream_ = nullptr;
  Tunnel* tunnel_ = nullptr;
};

}  // namespace papi::http
