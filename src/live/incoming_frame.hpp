#pragma once

#include "live/upstream_protocol.hpp"
#include "live/wire.hpp"

namespace papi::live {

ResultSummary summary_of(const FetchResult& result);

/// One WebSocket message of the server, read completely. It owns the bytes that the result's views point
/// into.
class IncomingFrame {
 public:
  /// A compressed payload may have at most `max_inflated` bytes when it is inflated.
  IncomingFrame(std::string message, std::size_t max_inflated);
  IncomingFrame(const IncomingFrame&) = delete;
  IncomingFrame& operator=(const IncomingFrame&) = delete;

  const ServerFrame& frame() const { return frame_; }
  /// The messages, if the frame is a result. The frame's own cursor has replaced that of the result.
  const FetchResult& result() const { return result_; }
  /// Why the payload could not be inflated, for the application log; empty: it could, or there was nothing to
  /// inflate.
  const std::string& inflate_fault() const { return inflate_fault_; }
  bool undecodable() const {
    return frame_.kind == ServerFrame::Kind::unreadable ||
           frame_.kind == ServerFrame::Kind::unreadable_result;
  }

 private:
  void read_result(const PushFrame& push, std::size_t max_inflated);

  const std::string message_;
  std::string inflated_;
  std::string inflate_fault_;
  ServerFrame frame_;
  FetchResult result_;
};

}  // namespace papi::live
