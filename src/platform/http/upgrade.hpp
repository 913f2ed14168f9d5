#pragma once

#include "platform/base/task.hpp"

namespace papi::websocket {
class Socket;
}

namespace papi::http {

/// The conversation of a connection after it became a WebSocket. run() returns when the conversation is over.
/// The socket lives until then, on the connection's thread.
class Upgrade {
 public:
  virtual ~Upgrade() = default;
  virtual Task<void> run(websocket::Socket& socket) = 0;
};

}  // namespace papi::http
