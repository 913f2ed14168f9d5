#pragma once

#include "platform/base/task.hpp"

namespace papi::websocket {
class Socket;
}

namespace papi::http {

/// What a connection does after it became a WebSocket. run() returns when the conversation is over; the
/// socket lives until then, on the connection's thread.
class Upgrade {
 public:
  virtual ~Upgrade() = default;
  virtual Task<void> run(websocket::Socket& socket) = 0;
};

}  // namespace papi::http
