#pragma once

#include <chrono>
#include <string>

#include "platform/net/transport.hpp"

namespace papi::http {

/// What a connection becomes after the 101 of another server was passed on to its client: bytes in both
/// directions that nobody here reads. Lives on the connection's thread until run() has returned.
class Tunnel {
 public:
  virtual ~Tunnel() = default;
  /// `unread` is what the client sent behind its request. When it returns, nothing is pending on `client`.
  virtual Task<void> run(Transport& client, std::string unread) = 0;
  /// Called twice a second while run() is running.
  virtual void sweep(std::chrono::steady_clock::time_point now) = 0;
  /// The server stops: run() must return soon.
  virtual void stop() = 0;
};

}  // namespace papi::http
