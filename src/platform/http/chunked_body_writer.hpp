#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "platform/base/clock.hpp"
#include "platform/http/body_stream.hpp"
#include "platform/net/transport.hpp"

namespace papi::http {

/// Writes a streamed body: chunks to an HTTP/1.1 client (RFC 9112 §7.1), and plain bytes to an HTTP/1.0
/// client. Lives on the connection's thread, and must outlive a pending write(). `transport` and `clock` must
/// outlive it.
class ChunkedBodyWriter final : public BodyWriter {
 public:
  enum class Framing {
    chunked,
    plain
  };  // plain: the header gives the length, or the body ends with the connection
  /// `stall` is how long the client may take nothing while a write waits.
  ChunkedBodyWriter(Transport& transport, Framing framing, std::chrono::milliseconds stall,
                    const Clock& clock)
      : transport_(transport), framing_(framing), stall_(stall), clock_(clock) {}

  /// Writes one chunk. An empty text writes nothing, because an empty chunk would end the body. Returns
  /// false, now and from then on, once the connection is lost.
  Task<bool> write(std::string_view bytes) override;

  /// Returns what ends a whole body: the last chunk, or nothing.
  std::string_view end() const { return framing_ == Framing::chunked ? "0\r\n\r\n" : ""; }
  bool lost() const { return lost_; }
  /// Returns true if a write waits, the client took nothing for `stall`, and the kernel takes nothing now. If
  /// the kernel would take bytes, this process is late, and not the client.
  bool stalled(std::chrono::steady_clock::time_point now);

 private:
  Transport& transport_;
  const Framing framing_;
  const std::chrono::milliseconds stall_;
  const Clock& clock_;
  std::string chunk_;
  std::chrono::steady_clock::time_point deadline_;
  bool waiting_ = false;
  bool lost_ = false;
};

}  // namespace papi::http
