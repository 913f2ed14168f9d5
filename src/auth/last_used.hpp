#pragma once

#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "auth/account_cache.hpp"

namespace papi::auth {

/// Notes when credentials of one kind are used: API keys, or stream tokens. To limit writes, the `last_used`
/// of one is updated at most once a minute. Any thread.
class LastUsed {
 public:
  void used(const CachedKey& key, UnixMs now) { note(key.key.id, key.last_used, now); }
  void used(const CachedStreamToken& token, UnixMs now) { note(token.token.id, token.last_used, now); }
  /// Returns the ids and times that were noted since the last call, to be stored.
  std::vector<std::pair<std::string, UnixMs>> take();

 private:
  void note(const std::string& id, std::atomic<UnixMs>& last_used, UnixMs now);

  std::mutex mutex_;
  std::unordered_map<std::string, UnixMs> pending_;
};

}  // namespace papi::auth
