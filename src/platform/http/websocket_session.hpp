#pragma once

#include <memory>
#include <string>

#include "platform/http/close_reasons.hpp"
#include "platform/http/exchange.hpp"
#include "platform/http/upgrade.hpp"
#include "platform/log/logger.hpp"
#include "platform/websocket/socket.hpp"

namespace papi::http {

/// The conversation of a connection that became a WebSocket, from the answer to the handshake until the close
/// frames are exchanged. Lives on the connection's thread until run() has returned. The references must
/// outlive it.
class WebSocketSession {
 public:
  /// `unread` is what the client sent behind its handshake. `guard` is the caller's authorization; nullptr:
  /// it never ends.
  WebSocketSession(Transport& transport, std::string unread, const websocket::SocketLimits& limits,
                   const CloseReasons& reasons, std::shared_ptr<const AuthorizationGuard> guard, Logger& log,
                   const Clock& clock);

  /// Runs the conversation, then the closing handshake: with code 1000 if the conversation has not closed the
  /// socket itself, with code 1011 if it threw an exception, which is logged. When it returns, nothing is
  /// pending on the transport, which the caller closes.
  Task<void> run(Upgrade& conversation);
  /// Called twice a second. Closes the socket with a code once the authorization has ended, and drops what is
  /// queued: it is not for this caller any more. Also does websocket::Socket::sweep().
  void sweep(std::chrono::steady_clock::time_point now);
  /// The server stops: closes the socket with code 1001.
  void stop();

 private:
  Transport& transport_;
  websocket::Socket socket_;
  const CloseReasons& reasons_;
  std::shared_ptr<const AuthorizationGuard> guard_;
  Logger& log_;
};

/// The conversation of a WebSocket that is opened only to be closed with a code: a browser's script cannot
/// see the HTTP status of a refused handshake.
class RefuseUpgrade final : public Upgrade {
 public:
  RefuseUpgrade(websocket::CloseCode code, std::string text) : code_(code), text_(std::move(text)) {}
  Task<void> run(websocket::Socket& socket) override;

 private:
  const websocket::CloseCode code_;
  const std::string text_;
};

}  // namespace papi::http
