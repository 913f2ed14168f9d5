#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "events/event_metrics.hpp"
#include "events/open_readers.hpp"
#include "events/session_changes.hpp"
#include "events/subscriber_list.hpp"
#include "platform/net/io_threads.hpp"

namespace papi::events {

/// Hands committed events to all subscribers of a session. Each thread that has subscribers gets one post per
/// batch and walks its own list, so no lock is held while sending. Sessions are known by id only, so a
/// subscriber may subscribe before the session exists. Stop the threads before this object is destroyed.
class FanOut {
 public:
  FanOut(IoThreads& threads, const Clock& clock);

  /// Call these on the subscriber's own thread. The subscriber must unsubscribe before it is destroyed.
  void subscribe(Executor thread, const std::string& session_id, Subscriber& subscriber);
  void unsubscribe(Executor thread, const std::string& session_id, Subscriber& subscriber);

  /// Any thread. To keep their order, batches of one session must come from one thread at a time.
  void publish(const std::string& session_id, EventBatchPtr batch);

  /// Informs the subscribers of a session that its event log has ended, after everything that was published.
  void finish(const std::string& session_id);

  std::size_t subscribers(const std::string& session_id) const;

  /// The sockets and streams that are open, for people who ask who reads a session.
  OpenReaders& readers() { return readers_; }
  /// What happens to sessions as a whole.
  SessionChanges& changes() { return changes_; }
  /// What is counted of all events. Any thread.
  EventMetrics& metrics() { return metrics_; }
  const Clock& clock() const { return clock_; }

 private:
  struct Shard {
    Shard(Executor e, std::size_t n) : executor(e), number(n) {}
    Executor executor;
    std::size_t number;
    /// Used on the executor's thread only.
    std::unordered_map<std::string, std::shared_ptr<SubscriberList>> sessions;
  };
  Shard& shard_of(Executor thread);
  void count(const Shard& shard, const std::string& session_id, int change);

  const Clock& clock_;
  std::vector<std::unique_ptr<Shard>> shards_;
  mutable std::mutex mutex_;                                          // guards counts_
  std::unordered_map<std::string, std::vector<std::size_t>> counts_;  // subscribers per shard
  OpenReaders readers_;
  SessionChanges changes_;
  EventMetrics metrics_;
};

}  // namespace papi::events
