#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "platform/base/promise.hpp"
#include "platform/base/task_group.hpp"
#include "platform/log/logger.hpp"
#include "profiles/profile.hpp"

namespace papi::profiles {

/// The look-ups in progress. There is at most one per name, and all who ask for the name meanwhile get its
/// result. Somebody who changes a profile holds its name, so that no look-up of it runs meanwhile. Used on
/// `executor`'s thread. Await stop() before the destructor.
class NameLookups {
 public:
  /// Looks one person up. `forced`: asks the sources even if the profile is known.
  using LookUp = std::function<Task<Result<EntryPtr>>(Username username, bool forced)>;
  NameLookups(Executor executor, Logger& log, std::size_t max_refreshes, LookUp look_up);

  bool in_progress(const Username& username) const { return lookups_.contains(username.text()); }
  /// Joins the look-up of the name, or starts it. `forced` matters only if it starts.
  Task<Result<EntryPtr>> join(Username username, bool forced);
  /// Starts a forced look-up for which nobody waits. Returns false if it does not: too many are in progress,
  /// the name has a look-up already, or stop() was called.
  bool refresh(Username username);
  /// Returns how many refreshes run.
  std::size_t refreshing() const { return refreshes_; }

  /// Waits until no look-up of the name is in progress, then holds the name. Later callers wait until an
  /// Unlock ends.
  Task<void> lock(const Username& username);
  /// Gives a held name back on every exit, because others wait for it.
  class Unlock {
   public:
    Unlock(NameLookups& lookups, const Username& username) : lookups_(lookups), username_(username) {}
    ~Unlock() { lookups_.unlock(username_); }
    Unlock(const Unlock&) = delete;
    Unlock& operator=(const Unlock&) = delete;

   private:
    NameLookups& lookups_;
    const Username& username_;
  };

  /// Starts no more refreshes, and waits for the look-ups in progress.
  Task<void> stop();

 private:
  struct SharedLookup {
    std::vector<Promise<Result<EntryPtr>>> waiters;
  };
  Task<void> run(Username username, bool forced);
  void unlock(const Username& username);

  const Executor executor_;
  Logger& log_;
  const std::size_t max_refreshes_;
  const LookUp look_up_;
  std::map<std::string, std::shared_ptr<SharedLookup>> lookups_;
  std::size_t refreshes_ = 0;
  bool stopping_ = false;
  TaskGroup tasks_;
};

}  // namespace papi::profiles
