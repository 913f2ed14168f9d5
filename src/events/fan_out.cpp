#include "events/fan_out.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iterator>
#include <numeric>
#include <stdexcept>

namespace papi::events {

FanOut::FanOut(IoThreads& threads, const Clock& clock) : clock_(clock), readers_(threads), changes_(threads) {
  for (std::size_t i = 0; i < threads.size(); ++i)
    shards_.push_back(std::make_unique<Shard>(threads.executor(i), i));
}

FanOut::Shard& FanOut::shard_of(Executor thread) {
  for (auto& shard : shards_) {
    if (shard->executor == thread) return *shard;
  }
  throw std::logic_error("a subscriber must belong to an io thread");
}

void FanOut::count(const Shard& shard, const std::string& session_id, int change) {
  std::lock_guard lock(mutex_);
  auto& counts = counts_[session_id];
  if (counts.empty()) counts.resize(shards_.size());
  counts[shard.number] += static_cast<std::size_t>(change);
  if (std::count(counts.begin(), counts.end(), 0u) == std::ssize(counts)) counts_.erase(session_id);
}

void FanOut::subscribe(Executor thread, const std::string& session_id, Subscriber& subscriber) {
  Shard& shard = shard_of(thread);
  auto& list = shard.sessions[session_id];
  if (!list) list = std::make_shared<SubscriberList>(thread, clock_);
  list->add(subscriber);
  count(shard, session_id, +1);
}

void FanOut::unsubscribe(Executor thread, const std::string& session_id, Subscriber& subscriber) {
  Shard& shard = shard_of(thread);
  const auto found = shard.sessions.find(session_id);
  if (found == shard.sessions.end()) return;
  if (!found->second->remove(subscriber)) return;
  if (found->second->empty()) shard.sessions.erase(found);
  count(shard, session_id, -1);
}

void FanOut::publish(const std::string& session_id, EventBatchPtr batch) {
  std::lock_guard lock(mutex_);
  const auto counts = counts_.find(session_id);
  if (counts == counts_.end()) return;
  for (auto& owned : shards_) {
    Shard* shard = owned.get();
    // A thread is woken only if it has subscribers. If a subscription subscribes at the same time, it asks
    // for the position of the event log afterwards, and that position covers this batch. Other subscribers
    // want only later events.
    if (counts->second[shard->number] == 0) continue;
    net::post(shard->executor, [shard, session_id, batch] {
      const auto found = shard->sessions.find(session_id);
      if (found == shard->sessions.end()) return;
      const std::shared_ptr<SubscriberList> list = found->second;  // keeps it if the last subscriber leaves
      list->take(batch);
    });
  }
}

void FanOut::finish(const std::string& session_id) {
  for (auto& owned : shards_) {
    Shard* shard = owned.get();
    net::post(shard->executor, [shard, session_id] {
      const auto found = shard->sessions.find(session_id);
      if (found == shard->sessions.end()) return;
      const std::shared_ptr<SubscriberList> list = found->second;  // keeps it if the last subscriber leaves
      list->finish();
    });
  }
}

std::size_t FanOut::subscribers(const std::string& session_id) const {
  std::lock_guard lock(mutex_);
  const auto found = counts_.find(session_id);
  if (found == counts_.end()) return 0;
  return std::accumulate(found->second.begin(), found->second.end(), std::size_t{0});
}

}  // namespace papi::events
