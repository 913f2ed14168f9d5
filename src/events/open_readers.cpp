#include "events/open_readers.hpp"

#include <algorithm>
#include <stdexcept>

namespace papi::events {

OpenReaders::OpenReaders(IoThreads& threads) {
  for (std::size_t i = 0; i < threads.size(); ++i)
    shards_.push_back(std::make_unique<Shard>(threads.executor(i)));
}

OpenReaders::Shard& OpenReaders::shard_of(Executor thread) {
  for (auto& shard : shards_) {
    if (shard->executor == thread) return *shard;
  }
  throw std::logic_error("a reader must belong to an io thread");
}

Task<std::vector<ReaderView>> OpenReaders::of(std::string session_id, SessionAccessPtr access) const {
  const auto look = [](const Shard& shard, const std::string& id,
                       const SessionAccess& who) -> Task<std::vector<ReaderView>> {
    std::vector<ReaderView> views;
    const auto found = shard.sessions.find(id);
    if (found == shard.sessions.end()) co_return views;
    for (const OpenReader* reader : found->second) {
      ReaderView view = reader->view();
      if (who.lets_read(view.viewer)) views.push_back(std::move(view));
    }
    co_return views;
  };
  std::vector<ReaderView> all;
  for (const auto& shard : shards_) {
    std::vector<ReaderView> some = co_await run_on(shard->executor, look(*shard, session_id, *access));
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const ReaderView& a, const ReaderView& b) { return a.connected_at < b.connected_at; });
  co_return all;
}

ReaderEntry::ReaderEntry(OpenReaders& readers, Executor thread, std::string session_id,
                         const OpenReader& reader)
    : shard_(readers.shard_of(thread)), session_id_(std::move(session_id)), reader_(reader) {
  shard_.sessions[session_id_].push_back(&reader_);
}

ReaderEntry::~ReaderEntry() {
  const auto found = shard_.sessions.find(session_id_);
  std::erase(found->second, &reader_);
  if (found->second.empty()) shard_.sessions.erase(found);
}

}  // namespace papi::events
