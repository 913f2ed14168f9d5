#pragma once

#include <memory>
#include <string>

#include "platform/http/chunked_body_writer.hpp"
#include "platform/http/exchange.hpp"
#include "platform/log/logger.hpp"

namespace papi::http {

/// Sends one streamed body after its answer's header, and ends the stream if the client leaves or takes
/// nothing, if the server stops, or if the caller's authorization ends. Lives on the connection's thread
/// until run() has returned. The references must outlive it.
class StreamSession {
 public:
  /// `exchange` gives the authorization and the correlation id.
  StreamSession(Transport& transport, BodyStream& body, ChunkedBodyWriter& writer, const Exchange& exchange,
                Logger& log);

  /// Runs the stream. Returns true if the body was written to its end. If it returns false, the body failed
  /// (that is logged): cut the connection, so that the client notices that the body is incomplete. No other
  /// read may be pending.
  Task<bool> run();
  /// Called twice a second. Ends a stream whose authorization has ended, first by BodyStream::withdraw(),
  /// then by closing the transport. Closes it also if the client is too slow.
  void sweep(std::chrono::steady_clock::time_point now);
  /// The server stops: the stream ends in order.
  void stop() { body_.stop(); }
  /// After run(): returns the bytes that the client sent meanwhile and that were read, which happens with TLS
  /// only.
  std::string take_read_ahead() { return std::move(read_ahead_); }

 private:
  Task<void> watch_for_leaving();
  Task<void> watch_tls();

  Transport& transport_;
  BodyStream& body_;
  ChunkedBodyWriter& writer_;
  std::shared_ptr<const AuthorizationGuard> guard_;
  const std::string_view correlation_id_;
  Logger& log_;
  std::string read_ahead_;
  bool running_ = false;
  bool withdrawn_ = false;
};

}  // namespace papi::http
