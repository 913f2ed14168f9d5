#include "live/session_queue.hpp"

#include <utility>

namespace papi::live {

bool SessionQueue::push(const std::string& session_id, std::string json) {
  if (!size_.fits(json.size())) return false;
  size_.add(json.size());
  messages_.push_back({session_id, std::move(json)});
  return true;
}

std::string SessionQueue::pop() {
  std::string json = std::move(messages_.front().json);
  messages_.pop_front();
  size_.remove(json.size());
  return json;
}

void SessionQueue::forget(const std::string& session_id) {
  std::erase_if(messages_, [&](const Message& message) {
    if (message.session_id != session_id) return false;
    size_.remove(message.json.size());
    return true;
  });
}

void SessionQueue::clear() {
  messages_.clear();
  size_.clear();
}

}  // namespace papi::live
