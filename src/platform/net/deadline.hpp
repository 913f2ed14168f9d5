#pragma once

#include <memory>

#include "platform/base/notifier.hpp"
#include "platform/net/transport.hpp"

namespace papi {

/// Closes the socket when the time is up. The pending operation then ends with an error. Lives on the
/// socket's thread.
class Deadline {
 public:
  Deadline(TcpSocket& socket, std::chrono::milliseconds limit)
      : timer_(socket.get_executor()), passed_(std::make_shared<bool>(false)) {
    timer_.expires_after(limit);
    timer_.async_wait([&socket, passed = passed_](boost::system::error_code ec) {
      if (ec) return;
      if (*passed) return;
      *passed = true;
      boost::system::error_code ignored;
      socket.close(ignored);
    });
  }
  ~Deadline() { *passed_ = true; }
  bool passed() const { return *passed_; }

 private:
  SteadyTimer timer_;
  std::shared_ptr<bool> passed_;
};

}  // namespace papi
