#pragma once

#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "auth/account_cache.hpp"

namespace papi::auth {

/// Notes when API keys are used. To limit writes, a key's `last_used` is updated at most once a minute. Any
/// thread.
class KeyLastUsed {
 public:
  void used(const CachedKey& key, UnixMs now);
  /// Returns the ids and times that were noted since the last call, to be stored.
  std::vector<std::pair<std::string, UnixMs>> take();

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, UnixMs> pending_;
};

}  // namespace papi::auth
