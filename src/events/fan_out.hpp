#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "events/audience.hpp"
#include "platform/net/io_threads.hpp"

namespace papi::events {

/// Hands committed events to all subscribers of a session: one post per batch to each thread that has some,
/// and each thread walks its own list, so no lock is held while sending. The threads must have stopped before
/// it goes. Knows sessions by id only, so one may subscribe before a session is.
class FanOut {
 public:
  explicit FanOut(IoThreads& threads);

  /// On the subscriber's own thread. The subscriber must unsubscribe before it goes.
  void subscribe(Executor thread, const std::string& session_id, Subscriber& subscriber);
  void unsubscribe(Executor thread, const std::string& session_id, Subscriber& subscriber);

  /// Any thread; batches of one session must come from one thread at a time to keep their order.
  void publish(const std::string& session_id, EventBatchPtr batch);

  /// Tells the subscribers of a session that its log has ended, behind all that was published.
  void finish(const std::string& session_id);

  std::size_t subscribers(const std::string& session_id) const;

 private:
  struct Shard {
    Shard(Executor e, std::size_t n) : executor(e), number(n) {}
    Executor executor;
    std::size_t number;
    std::unordered_map<std::string, std::shared_ptr<Audience>> sessions;  // on the executor's thread only
  };
  Shard& shard_of(Executor thread);
  void count(const Shard& shard, const std::string& session_id, int change);

  std::vector<std::unique_ptr<Shard>> shards_;
  mutable std::mutex mutex_;                                          // guards counts_
  std::unordered_map<std::string, std::vector<std::size_t>> counts_;  // of subscribers, by the shard's number
};

}  // namespace papi::events
