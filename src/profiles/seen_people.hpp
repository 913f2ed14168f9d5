#pragma once

#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "events/person_sink.hpp"
#include "platform/base/signal.hpp"
#include "platform/log/logger.hpp"
#include "platform/sqlite/readers.hpp"
#include "platform/sqlite/writer.hpp"

namespace papi::profiles {

/// What a person was called last. Names that were never seen are empty.
struct SeenPerson {
  std::uint64_t user_id = 0;
  std::string username;  // lower case
  std::string nickname;
  UnixMs seen_at = 0;
};

/// Remembers which user id was seen under which name, for the pictures by user id. A sighting is found at
/// once, as memory is asked before the table; it is written behind, in batches, and a person who is seen
/// again under the same names costs no write for a day.
class SeenPeople final : public events::PersonSink {
 public:
  struct Options {
    std::size_t remembered = 20'000;  // people in memory
    std::size_t waiting = 5'000;      // people whose write waits; who does not fit comes with a later event
    std::chrono::milliseconds batch_delay{200};
    std::int64_t rewrite_ms = 86'400'000;
    std::int64_t lifetime_ms = 400 * 86'400'000LL;  // since a person was seen last
    std::chrono::milliseconds prune_interval{86'400'000};
  };

  /// Creates and migrates the table. Blocking: at start only.
  static Result<void> prepare(sqlite::Database& database);

  SeenPeople(sqlite::Writer& writer, sqlite::Readers& readers, Executor executor, Options options,
             Logger& log, const Clock& clock);

  /// Any thread.
  void seen(const events::User& user) override;
  /// Returns the person, or nullopt if nobody of that id was seen. Any thread; `executor` is the caller's.
  Task<Result<std::optional<SeenPerson>>> find(Executor executor, std::uint64_t user_id);
  /// Whether find() asks no database for the person, or only for the name. Any thread.
  bool is_remembered(std::uint64_t user_id) const { return remembered(user_id).has_value(); }
  /// Deletes everybody of that name; `username` in lower case. Returns how many people that were.
  /// Any thread; `executor` is the caller's.
  Task<Result<std::size_t>> forget(Executor executor, std::string username);

  /// Writes behind and prunes, on the constructor's executor. Ends after stop(), when all is written.
  Task<void> run();
  void stop();
  /// Deletes who was not seen for the lifetime, once per interval; how many. Nobody is deleted if the wall
  /// clock and the steady clock disagree since the last time: a wrong date must not empty the table.
  Task<std::size_t> prune_if_due();

 private:
  struct Known {
    SeenPerson person;
    UnixMs written_at = 0;  // 0: not yet, or the write failed
  };
  using Order = std::list<Known>;  // the last seen first

  std::optional<SeenPerson> remembered(std::uint64_t user_id) const;
  Known& touch(std::uint64_t user_id);
  bool queue(const SeenPerson& person);
  bool anybody_waits() const;
  std::vector<SeenPerson> take_batch();
  Task<void> write(std::vector<SeenPerson> batch);
  void forget_in_memory(std::uint64_t user_id);
  std::vector<std::int64_t> forget_in_memory(const std::string& username);

  sqlite::Writer& writer_;
  sqlite::Readers& readers_;
  const Executor executor_;
  const Options options_;
  Logger& log_;
  const Clock& clock_;

  mutable std::mutex mutex_;  // guards the four below
  Order order_;
  std::unordered_map<std::uint64_t, Order::iterator> by_id_;
  std::unordered_map<std::uint64_t, SeenPerson> waiting_;
  std::vector<SeenPerson> writing_;
  // On the executor's thread:
  Signal wake_;
  std::chrono::steady_clock::time_point pruned_at_;
  UnixMs pruned_wall_;
  bool stopping_ = false;
};

}  // namespace papi::profiles
