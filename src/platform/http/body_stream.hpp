#pragma once

#include <string_view>

#include "platform/base/task.hpp"

namespace papi::http {

/// The target of a streamed body. To an HTTP/1.1 client each write is one chunk (RFC 9112 §7.1). A write
/// waits until the kernel took the bytes, and the kernel holds little unsent data (TCP_NOTSENT_LOWAT). So a
/// slow client slows down its own stream and costs little memory.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  /// Returns false if the client is gone or too slow. Nothing more can be sent then.
  virtual Task<bool> write(std::string_view bytes) = 0;
};

/// A body that is made while it is sent. Lives on its connection's thread, from the handler's answer until
/// run() returns.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  /// Writes the body. If an error occurs in the middle, throw: the connection is then cut, so that the client
  /// does not take half a body for a whole one.
  virtual Task<void> run(BodyWriter& writer) = 0;
  /// The client has gone or the server stops: run() must return soon. Called on the thread of run().
  virtual void stop() = 0;
  /// The caller may not read any more: run() must return at once and drop what waits to be written.
  virtual void withdraw() { stop(); }
  /// The client will send no more, but may still read. An endless stream ends then.
  virtual void client_closed() { stop(); }
};

}  // namespace papi::http
