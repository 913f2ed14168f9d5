#pragma once

#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "events/person_sink.hpp"
#include "platform/base/notifier.hpp"
#include "platform/log/logger.hpp"
#include "profiles/seen_people_store.hpp"

namespace papi::profiles {

/// Remembers the names of user ids, for the pictures by user id. A new person can be found at once, because
/// memory is asked before the store. The store is written in the background, in batches. If a person is seen
/// again with the same names, nothing is written for a day.
class SeenPeople final : public events::PersonSink {
 public:
  struct Options {
    std::size_t remembered = 20'000;  // people in memory
    std::size_t waiting =
        5'000;  // people waiting to be written; beyond it a person waits for their next event
    std::chrono::milliseconds batch_delay{200};
    std::chrono::milliseconds rewrite_after = std::chrono::days(1);
    std::chrono::milliseconds lifetime = std::chrono::days(400);  // since a person was last seen
    std::chrono::milliseconds prune_interval{86'400'000};
  };

  SeenPeople(SeenPeopleStore& store, Executor executor, Options options, Logger& log, const Clock& clock);

  /// May be called on any thread.
  void seen(const events::User& user) override;
  /// Returns the person, or nullopt if that id was never seen. May be called on any thread. `executor` is the
  /// caller's.
  Task<Result<std::optional<SeenPerson>>> find(Executor executor, events::UserId user_id);
  /// Returns whether the person is in memory. Then find() asks the database only if the username is missing.
  /// May be called on any thread.
  bool is_remembered(events::UserId user_id) const { return remembered(user_id).has_value(); }
  /// Deletes everybody with that username. `username` is in lower case. Returns how many people were deleted.
  /// May be called on any thread. `executor` is the caller's.
  Task<Result<std::size_t>> erase(Executor executor, std::string username);

  /// Writes and prunes in the background, on the constructor's executor. After stop(), returns when
  /// everything is written.
  Task<void> run();
  void stop();
  /// Deletes people who were not seen for the lifetime, at most once per interval. Returns how many. If the
  /// wall clock and the steady clock have diverged since the last time, nobody is deleted: a wrong date must
  /// not empty the table.
  Task<std::size_t> prune_if_due();

 private:
  struct Known {
    SeenPerson person;
    UnixMs written_at = 0;  // 0: not written, or the write failed
  };
  using Order = std::list<Known>;  // most recently seen first

  std::optional<SeenPerson> remembered(events::UserId user_id) const;
  Known& touch(events::UserId user_id);
  bool queue(const SeenPerson& person);
  bool anybody_waits() const;
  std::vector<SeenPerson> take_batch();
  Task<void> write(std::vector<SeenPerson> batch);
  void erase_from_memory(events::UserId user_id);
  std::vector<events::UserId> erase_from_memory(const std::string& username);

  SeenPeopleStore& store_;
  const Executor executor_;
  const Options options_;
  Logger& log_;
  const Clock& clock_;

  mutable std::mutex mutex_;  // guards the four members below
  Order order_;
  std::unordered_map<events::UserId, Order::iterator> by_id_;
  std::unordered_map<events::UserId, SeenPerson> waiting_;
  std::vector<SeenPerson> writing_;
  // Used only on the executor's thread:
  Notifier wake_;
  std::chrono::steady_clock::time_point pruned_at_;
  UnixMs pruned_wall_;
  bool stopping_ = false;
};

}  // namespace papi::profiles
