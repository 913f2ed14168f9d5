#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "platform/base/promise.hpp"
#include "platform/base/task_group.hpp"
#include "platform/log/logger.hpp"
#include "profiles/circuit_breaker.hpp"
#include "profiles/picture_source.hpp"
#include "profiles/profile_cache.hpp"
#include "profiles/profile_store.hpp"

namespace papi::profiles {

struct SourceSettings {
  bool enabled = true;
  std::int64_t priority = 1;
  std::int64_t lifetime_ms = 0;
  std::chrono::milliseconds timeout{5000};
};

struct ProfileOptions {
  std::array<SourceSettings, source_count> sources;  // indexed by Source
  std::int64_t retry_ms = 300'000;                   // after a failure, with jitter
  std::int64_t negative_ms = 3'600'000;              // after "no such person" or "no picture"
  std::int64_t live_recheck_ms = 86'400'000;         // after this a live picture may have changed
  std::size_t max_refreshes = 1'000;                 // in the background, at the same time
  const SourceSettings& of(Source source) const { return sources[static_cast<std::size_t>(source)]; }
};

/// The state of a source, for operators.
struct SourceHealth {
  Source source = Source::initials;
  bool enabled = false;
  std::uint64_t asked = 0;
  std::uint64_t failed = 0;
  UnixMs last_success = 0;
  std::string_view breaker;  // closed, open, half_open
};

inline constexpr std::size_t parallel_revalidations = 8;
inline constexpr std::size_t parallel_look_ups = 8;  // for one request

/// Returns the profile of a person, always: from memory, else from the store, else from the first source that
/// has a picture. If a profile is due, it is returned at once and refreshed in the background. All requests
/// for the same name share one look-up. Members run on `executor`'s thread unless they say otherwise. Call
/// stop() before the destructor.
class ProfileService {
 public:
  struct Dependencies {
    Executor executor;
    ProfileStore& store;
    ProfileCache& cache;
    PictureSource* scraper = nullptr;    // nullptr: not asked
    PictureSource* generator = nullptr;  // a remote one; nullptr: the built-in one
    Logger& log;
    const Clock& clock;
    Random& random;
  };
  ProfileService(const Dependencies& deps, const ProfileOptions& options);

  /// Returns the profile from memory, or nullptr. If it is due, starts a refresh. May be called on any
  /// thread.
  EntryPtr cached(const Username& username);
  /// Returns the profile. Does not fail because a source or the store fails.
  Task<Result<EntryPtr>> find(Username username);
  /// Finds many profiles, several at a time. Returns them in the order of `usernames`. Fails if one of them
  /// fails.
  Task<Result<std::vector<EntryPtr>>> find_all(std::vector<Username> usernames);
  /// Returns the profile from memory, or nullptr. Starts no refresh. May be called on any thread.
  EntryPtr in_memory(const Username& username) { return deps_.cache.find(username.text()); }
  /// Asks the sources now, even if the profile is not due. Returns false if one of them failed.
  Task<bool> revalidate(Username username);
  /// Does the same for many names, several at a time, each name once.
  Task<std::map<std::string, bool>> revalidate_all(std::vector<Username> usernames);
  /// Returns whether a picture from a live event would be better or newer than the known one.
  Task<bool> wants_live(Username username);
  /// Stores a picture from a live event, unless the person was erased after `seen_at`. `seen_at` is a value
  /// of erasures().
  Task<void> accept_live_avatar(Username username, std::string nickname, Image image, std::uint64_t seen_at);
  /// Returns how many erasures there were until now. May be called on any thread.
  std::uint64_t erasures() const { return erasures_.load(); }
  /// Reports that a live picture could not be fetched. `for_now`: the host failed; otherwise only this URL is
  /// bad.
  void live_failed(bool for_now);
  /// Returns whether pictures of live events may be fetched now. While their hosts keep failing, returns
  /// false. In the half-open state of the circuit breaker only the first caller gets true.
  bool live_may_try();
  /// Erases the profile. Returns whether one existed.
  Task<Result<bool>> erase(Username username);
  /// Deletes the expired profiles. Returns how many.
  Task<Result<std::size_t>> clear_expired();
  std::vector<SourceHealth> health() const;
  /// Returns how many refreshes run in the background.
  std::size_t refreshing() const { return refreshes_; }
  ProfileStore& store() { return deps_.store; }
  Executor executor() const { return deps_.executor; }

  /// From now on no source is asked. Look-ups in progress end with the known or a drawn picture. May be
  /// called on any thread.
  void stop_sources() { sources_stopped_ = true; }
  /// Starts no more background refreshes, and waits for the work in progress.
  Task<void> stop();

 private:
  struct SharedLookup {
    std::vector<Promise<Result<EntryPtr>>> waiters;
  };
  struct SourceState {
    PictureSource* remote = nullptr;
    CircuitBreaker breaker;
    std::uint64_t asked = 0;
    std::uint64_t failed = 0;
    UnixMs last_success = 0;
  };
  /// What the sources said about one person.
  struct LookupResult {
    std::string nickname;
    std::optional<Image> image;
    Source source = Source::initials;
    bool failed = false;    // a better source failed before one answered
    bool negative = false;  // a better source said that there is no picture
  };

  Task<Result<EntryPtr>> join_lookup(Username username, bool forced);
  Task<void> run_lookup(Username username, bool forced);
  Task<Result<EntryPtr>> look_up(Username username, bool forced);
  Task<Result<EntryPtr>> known_of(const Username& username);
  Task<Result<EntryPtr>> from_store(const Username& username);
  class NameUnlock;
  Task<void> lock_name(const Username& username);
  void unlock_name(const Username& username);
  bool erased_since(const Username& username, std::uint64_t seen_at) const;
  Task<void> keep(EntryPtr entry);
  Task<void> accept_locked(Username username, std::string nickname, Image image, std::uint64_t seen_at);
  Task<Result<EntryPtr>> ask_sources(Username username, EntryPtr known);
  Task<LookupResult> ask_remotes(Username username, std::int64_t at_least);
  Task<Result<FetchedProfile>> ask(SourceState& state, Username username, std::chrono::milliseconds budget);
  Task<void> find_from(const std::vector<Username>& usernames, std::size_t& next,
                       std::vector<Result<EntryPtr>>& found);
  Task<void> revalidate_from(const std::vector<Username>& usernames, std::size_t& next,
                             std::map<std::string, bool>& results);
  /// Returns the source under which drawn pictures count.
  Source drawing() const;
  void draw(LookupResult& result, const Username& username) const;
  Profile profile_of(const Username& username, const LookupResult& result, const EntryPtr& known) const;
  void refresh_behind(Username username);
  SourceState& state_of(Source source) { return states_[static_cast<std::size_t>(source)]; }

  const Dependencies deps_;
  const ProfileOptions options_;
  std::vector<SourceState> states_;  // indexed by Source
  std::vector<Source> remotes_;      // highest priority first
  std::map<std::string, std::shared_ptr<SharedLookup>> lookups_;
  std::size_t refreshes_ = 0;
  std::atomic<std::uint64_t> erasures_{0};
  std::deque<std::pair<std::uint64_t, std::string>> erased_;  // the last erasures: number and name
  std::atomic<bool> sources_stopped_{false};
  bool stopping_ = false;
  TaskGroup tasks_;
};

}  // namespace papi::profiles
