#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "platform/base/completion.hpp"
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
  std::array<SourceSettings, source_count> sources;  // by Source
  std::int64_t retry_ms = 300'000;                   // after a failure, with jitter
  std::int64_t negative_ms = 3'600'000;              // after "there is no such person or picture"
  std::int64_t live_recheck_ms = 86'400'000;         // a live picture may have changed since
  std::size_t max_refreshes = 1'000;                 // behind answers, at once
  const SourceSettings& of(Source source) const { return sources[static_cast<std::size_t>(source)]; }
};

/// What an operator may see of a source.
struct SourceHealth {
  Source source = Source::initials;
  bool enabled = false;
  std::uint64_t asked = 0;
  std::uint64_t failed = 0;
  UnixMs last_success = 0;
  std::string_view breaker;  // closed, open, half_open
};

inline constexpr std::size_t parallel_revalidations = 8;
inline constexpr std::size_t parallel_look_ups = 8;  // of one request

/// Who a person is, always: from memory, else from the store, else from the first source that knows. An
/// answer that is due is given at once and refreshed behind; however many ask for a name, one look-up is
/// made. Members run on `executor`'s thread unless they say otherwise. stop() before it goes.
class ProfileService {
 public:
  struct Parts {
    Executor executor;
    ProfileStore& store;
    ProfileCache& cache;
    PictureSource* scraper = nullptr;    // none: not asked
    PictureSource* generator = nullptr;  // a remote one; none: the built-in
    Logger& log;
    const Clock& clock;
    Random& random;
  };
  ProfileService(const Parts& parts, const ProfileOptions& options);

  /// From memory, or nothing. Any thread.
  EntryPtr cached(const Username& username);
  Task<Result<EntryPtr>> find(Username username);
  /// The same for many, in their order, some at a time. An Error if one of them could not be found.
  Task<Result<std::vector<EntryPtr>>> find_all(std::vector<Username> usernames);
  /// From memory, or nothing; asks for no refresh. Any thread.
  EntryPtr in_memory(const Username& username) { return parts_.cache.find(username.text()); }
  /// Asks the sources now, also where the profile is not due. False: one of them failed.
  Task<bool> revalidate(Username username);
  /// The same for many, some at a time, each name once.
  Task<std::map<std::string, bool>> revalidate_all(std::vector<Username> usernames);
  /// Whether a picture that a live event shows would tell more than is known.
  Task<bool> wants_live(Username username);
  /// Takes such a picture over, unless the person was forgotten since `seen_at`, a value of forgettings().
  Task<void> adopt(Username username, std::string nickname, Image image, std::uint64_t seen_at);
  /// How often somebody was forgotten until now. Any thread.
  std::uint64_t forgettings() const { return forgettings_.load(); }
  /// Its picture could not be had; `for_now`: the host's trouble, not the address's.
  void live_failed(bool for_now);
  /// Whether pictures of live events may be fetched: not while their hosts keep failing.
  bool live_may_try();
  /// Deletes what is known; whether there was anything.
  Task<Result<bool>> forget(Username username);
  /// Deletes what has expired; how many profiles.
  Task<Result<std::size_t>> clear_expired();
  std::vector<SourceHealth> health() const;
  /// How many refreshes run behind answers.
  std::size_t refreshing() const { return refreshes_; }
  ProfileStore& store() { return parts_.store; }
  Executor executor() const { return parts_.executor; }

  /// From now on no source is asked: what is under way ends with what is known, or is drawn. Any thread.
  void ask_no_more() { no_more_ = true; }
  /// Begins nothing more behind answers, and waits for what is under way.
  Task<void> stop();

 private:
  struct Flight {
    std::vector<Completion<Result<EntryPtr>>> waiters;
  };
  struct SourceState {
    PictureSource* remote = nullptr;
    CircuitBreaker breaker;
    std::uint64_t asked = 0;
    std::uint64_t failed = 0;
    UnixMs last_success = 0;
  };
  /// What the sources said of one person.
  struct Findings {
    std::string nickname;
    std::optional<Image> image;
    Source source = Source::initials;
    bool failed = false;    // a better source could not say, before one that could
    bool negative = false;  // a better source said that there is none
  };

  Task<Result<EntryPtr>> join_flight(Username username, bool forced);
  Task<void> fly(Username username, bool forced);
  Task<Result<EntryPtr>> look_up(Username username, bool forced);
  Task<Result<EntryPtr>> known_of(const Username& username);
  Task<Result<EntryPtr>> from_store(const Username& username);
  class Release;
  Task<void> hold(const Username& username);
  void release(const Username& username);
  bool forgotten_since(const Username& username, std::uint64_t seen_at) const;
  Task<void> keep(EntryPtr entry);
  Task<void> adopt_held(Username username, std::string nickname, Image image, std::uint64_t seen_at);
  Task<Result<EntryPtr>> ask_sources(Username username, EntryPtr known);
  Task<Findings> remote_findings(Username username, std::int64_t at_least);
  Task<Result<Portrait>> ask(SourceState& state, Username username, std::chrono::milliseconds budget);
  Task<void> find_from(const std::vector<Username>& usernames, std::size_t& next,
                       std::vector<Result<EntryPtr>>& found);
  Task<void> revalidate_from(const std::vector<Username>& usernames, std::size_t& next,
                             std::map<std::string, bool>& results);
  /// The source of what is drawn here.
  Source drawing() const;
  void draw(Findings& findings, const Username& username) const;
  Profile profile_of(const Username& username, const Findings& findings, const EntryPtr& known) const;
  void refresh_behind(Username username);
  SourceState& state_of(Source source) { return states_[static_cast<std::size_t>(source)]; }

  const Parts parts_;
  const ProfileOptions options_;
  std::vector<SourceState> states_;  // by Source
  std::vector<Source> remotes_;      // by priority
  std::map<std::string, std::shared_ptr<Flight>> flights_;
  std::size_t refreshes_ = 0;
  std::atomic<std::uint64_t> forgettings_{0};
  std::deque<std::pair<std::uint64_t, std::string>> forgotten_;  // the last ones, by number
  std::atomic<bool> no_more_{false};
  bool stopping_ = false;
  TaskGroup tasks_;
};

}  // namespace papi::profiles
