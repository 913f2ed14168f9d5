#pragma once

#include "platform/log/logger.hpp"
#include "profiles/profile_cache.hpp"
#include "profiles/profile_store.hpp"

namespace papi::profiles {

/// The profiles that are known: those in memory and, behind them, those in the store. Used on `executor`'s
/// thread, unless a member says otherwise.
class KeptProfiles {
 public:
  KeptProfiles(Executor executor, ProfileStore& store, ProfileCache& cache, Logger& log, const Clock& clock)
      : executor_(executor), store_(store), cache_(cache), log_(log), clock_(clock) {}

  /// Returns the profile from memory, or nullptr. May be called on any thread.
  EntryPtr in_memory(const Username& username) const { return cache_.find(username.text()); }
  /// Counts a caller's request for a profile (ProfileCache::count_request()).
  void count_request(bool answered_from_memory) { cache_.count_request(answered_from_memory); }
  /// Returns the profile from memory or the store, or nullptr if it is unknown. Changes nothing.
  Task<Result<EntryPtr>> find(const Username& username);
  /// Does the same and puts the result into memory. The caller must hold the name or run its look-up
  /// (NameLookups), because the result could be outdated otherwise.
  Task<Result<EntryPtr>> load(const Username& username);
  /// Puts the entry into memory at once, so that the next look-up builds on it. Then stores it. The jobs of
  /// the store run in the same order.
  Task<void> keep(EntryPtr entry);
  /// Deletes the profile. Returns whether it was stored. The caller must hold the name.
  Task<Result<bool>> erase(const Username& username);
  /// Deletes the expired profiles. Returns how many.
  Task<Result<std::size_t>> clear_expired();
  ProfileStore& store() { return store_; }

 private:
  const Executor executor_;
  ProfileStore& store_;
  ProfileCache& cache_;
  Logger& log_;
  const Clock& clock_;
};

}  // namespace papi::profiles
