#pragma once

#include <optional>
#include <string>

#include "platform/http/server.hpp"

namespace papi::http {

/// One client's connection: requests in, answers out, until either side ends it or it becomes a WebSocket.
/// run() is its coroutine; sweep() and drain() come from the same thread.
class Connection {
 public:
  /// `place` is kept as long as the connection.
  Connection(Server& server, TcpSocket socket, const net::ip::address& peer, Server::PlaceOfAddress place);

  Task<void> run();
  /// About once a second: ends what has waited too long.
  void sweep(std::chrono::steady_clock::time_point now);
  /// The server is going away.
  void drain();
  void abort() { transport_.close(); }

 private:
  enum class Phase { handshake, idle, reading, working, writing, lingering, websocket };
  class ChunkWriter;

  Task<void> serve();
  Task<bool> read_more();
  Task<bool> flush();
  Task<bool> flush_stream();
  void admit();
  void begin_exchange(std::string_view bytes);
  std::optional<Error> enter_pipeline();
  void hold_body();
  void forget_request();
  void end_idle();
  Task<void> handle_next();
  Task<void> answer_request(Exchange& exchange);
  Task<void> send_shared(const std::string& body);
  Task<Response> answer(Exchange& exchange);
  Response render(Exchange& exchange, Result<Response> result);
  std::optional<Response> answer_at_once(Exchange& exchange);
  void check_handshake(Exchange& exchange, Response& response);
  Response refusal(Exchange& exchange, const Error& error);
  void take_origin(Request& request);
  Task<void> refuse(const Error& error);
  Task<void> linger();
  Task<void> send_stream(Exchange& exchange, Response& response);
  Task<void> watch_for_leaving(std::shared_ptr<bool> watching);
  Task<void> watch_tls(std::shared_ptr<bool> watching);
  Task<void> speak_websocket(Exchange& exchange, Response& response);
  void enter_phase(Phase phase, std::chrono::milliseconds limit);

  Server& server_;
  Transport transport_;
  const Server::PlaceOfAddress place_;
  RequestParser parser_;
  Request request_;
  std::optional<Exchange> exchange_;  // of the request at hand, once its header is complete
  std::optional<Error> refusal_;      // the pipeline's answer to it
  std::string header_;                // of a request with a body: what request_ points into
  BodyBudget::Share body_share_;
  std::string client_address_;
  std::string forwarded_address_;  // of the request at hand
  std::string in_;                 // [start_, in_.size()) is unread
  std::size_t start_ = 0;          // of the current request
  std::string out_;
  std::string read_ahead_;  // came while an answer was streamed
  Phase phase_ = Phase::idle;
  std::chrono::steady_clock::time_point deadline_;
  bool timed_out_ = false;
  bool draining_ = false;
  bool closing_ = false;
  bool lost_ = false;
  bool sent_continue_ = false;
  std::optional<Error> refused_;  // why a WebSocket is closed right after its handshake
  websocket::Socket* websocket_ = nullptr;
  BodyStream* stream_ = nullptr;
  std::shared_ptr<const Lease> lease_;  // of who holds the socket or the stream
  bool lease_lost_ = false;
};

}  // namespace papi::http
