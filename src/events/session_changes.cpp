#include "events/session_changes.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <stdexcept>

namespace papi::events {

SessionChanges::SessionChanges(IoThreads& threads) {
  for (std::size_t i = 0; i < threads.size(); ++i)
    shards_.push_back(std::make_unique<Shard>(threads.executor(i)));
}

SessionChanges::Shard& SessionChanges::shard_of(Executor thread) {
  for (auto& shard : shards_) {
    if (shard->executor == thread) return *shard;
  }
  throw std::logic_error("a watcher must belong to an io thread");
}

void SessionChanges::add(Executor thread, SessionWatcher& watcher) {
  Shard& shard = shard_of(thread);
  shard.watchers.push_back(&watcher);
  shard.count = shard.watchers.size();
}

void SessionChanges::remove(Executor thread, SessionWatcher& watcher) {
  Shard& shard = shard_of(thread);
  std::erase(shard.watchers, &watcher);
  shard.count = shard.watchers.size();
}

bool SessionChanges::watched() const {
  return std::any_of(shards_.begin(), shards_.end(), [](const auto& shard) { return shard->count > 0; });
}

void SessionChanges::publish(SessionNotice notice) {
  notice.number = ++newest_;
  if (!watched()) return;
  const auto shared = std::make_shared<const SessionNotice>(std::move(notice));
  for (auto& owned : shards_) {
    Shard* shard = owned.get();
    if (shard->count == 0) continue;
    net::post(shard->executor, [shard, shared] {
      for (SessionWatcher* watcher : shard->watchers) watcher->on_notice(shared);
    });
  }
}

}  // namespace papi::events
