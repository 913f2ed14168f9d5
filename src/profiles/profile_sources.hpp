#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/log/logger.hpp"
#include "profiles/circuit_breaker.hpp"
#include "profiles/picture_source.hpp"
#include "profiles/profile_options.hpp"

namespace papi::profiles {

/// The state of a source, for operators.
struct SourceHealth {
  Source source = Source::initials;
  bool enabled = false;
  std::uint64_t asked = 0;
  std::uint64_t failed = 0;
  UnixMs last_success = 0;
  std::string_view breaker;  // closed, open, half_open
};

/// What the sources said about one person.
struct SourceAnswer {
  std::string nickname;
  std::optional<Image> image;
  Source source = Source::initials;
  bool failed = false;    // a better source failed before one answered
  bool negative = false;  // a better source said that there is no picture
};

/// Asks the remote sources, each behind its circuit breaker, and counts how they answer. Pictures of live
/// events are fetched by others, who report here how that went. Used on `executor`'s thread, unless a member
/// says otherwise.
class ProfileSources {
 public:
  struct Dependencies {
    Executor executor;
    PictureSource* scraper = nullptr;    // nullptr: not asked
    PictureSource* generator = nullptr;  // a remote one
    Logger& log;
    const Clock& clock;
    Random& random;
  };
  ProfileSources(const Dependencies& deps, const ProfileOptions& options);

  /// Asks the remote sources with at least this priority in order, until one has a picture. All of them
  /// together get the timeout of the first.
  Task<SourceAnswer> ask(Username username, std::int64_t at_least);

  /// Returns whether pictures of live events may be fetched now. While their hosts keep failing, returns
  /// false. In the half-open state of the circuit breaker only the first caller gets true.
  bool live_may_try();
  void live_succeeded();
  /// `for_now`: the host failed; otherwise only this URL is bad.
  void live_failed(bool for_now);

  /// From now on no source is asked. May be called on any thread.
  void stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }
  std::vector<SourceHealth> health() const;

 private:
  struct State {
    PictureSource* remote = nullptr;
    CircuitBreaker breaker;
    std::uint64_t asked = 0;
    std::uint64_t failed = 0;
    UnixMs last_success = 0;
  };
  Task<Result<FetchedProfile>> ask_one(State& state, Username username, std::chrono::milliseconds budget);
  State& state_of(Source source) { return states_[static_cast<std::size_t>(source)]; }

  const Dependencies deps_;
  const ProfileOptions& options_;
  std::vector<State> states_;    // indexed by Source
  std::vector<Source> remotes_;  // highest priority first
  std::atomic<bool> stopped_{false};
};

}  // namespace papi::profiles
