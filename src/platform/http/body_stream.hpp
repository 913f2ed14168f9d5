#pragma once

#include <string_view>

#include "platform/base/task.hpp"

namespace papi::http {

/// Where a streamed body goes. Each write is one chunk (RFC 9112 §7.1) and waits until the client's system
/// took it, so a slow client slows its own stream and costs no memory.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  /// False: the client is gone or too slow; nothing more can be sent.
  virtual Task<bool> write(std::string_view bytes) = 0;
};

/// A body that is made while it is sent. Lives on its connection's thread, from the handler's answer until
/// run() returns.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  /// Writes the body. After an error in the middle throw: the connection is then cut, as a client must not
  /// take half a body for a whole one.
  virtual Task<void> run(BodyWriter& writer) = 0;
  /// The client has gone or the server goes away: run() is to return soon. Same thread as run().
  virtual void stop() = 0;
  /// The caller may read no more: run() is to return at once, without what waits to be written.
  virtual void withdraw() { stop(); }
  /// The client will send no more; it may still read. An endless stream takes it for a goodbye.
  virtual void client_closed() { stop(); }
};

}  // namespace papi::http
