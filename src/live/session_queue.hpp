#pragma once

#include <deque>
#include <string>

#include "platform/base/queue_meter.hpp"

namespace papi::live {

/// What a reader of all sessions has not taken yet: messages in order, each with the session that it tells
/// about. For one thread.
class SessionQueue {
 public:
  explicit SessionQueue(const QueueBound& bound) : size_(bound) {}

  /// Returns false, and keeps nothing, if the bound is reached.
  bool push(const std::string& session_id, std::string json);
  bool empty() const { return messages_.empty(); }
  /// Removes the oldest message and returns it. There must be one.
  std::string pop();
  /// Removes what tells about a session that the reader may no longer read.
  void forget(const std::string& session_id);
  void clear();

 private:
  struct Message {
    std::string session_id;
    std::string json;
  };
  std::deque<Message> messages_;
  QueueMeter size_;
};

}  // namespace papi::live
