#pragma once

#include <deque>
#include <mutex>
#include <unordered_set>

#include "events/person_sink.hpp"
#include "profiles/picture_fetcher.hpp"
#include "profiles/profile_service.hpp"

namespace papi::profiles {

/// Gives people who are seen in live events the picture that the event shows: fetched soon, as its signed
/// address expires in a day or two, by few workers, from a bounded queue. Who does not fit in comes in with a
/// later event.
class LiveFaces final : public events::PersonSink {
 public:
  struct Options {
    bool enabled = true;
    std::chrono::milliseconds timeout{5'000};
    std::int64_t per_minute = 120;
    std::size_t queue = 1'000;
    std::size_t workers = 4;
    std::int64_t look_again_ms = 6 * 3'600'000;  // at the same person
    std::size_t remembered = 50'000;             // people, who were looked at in that time
  };
  LiveFaces(ProfileService& service, PictureFetcher& pictures, Options options, Logger& log,
            const Clock& clock);

  /// Any thread.
  void seen(const events::User& user) override;

  /// The workers, on the service's executor. Ends after stop().
  Task<void> run();
  /// On the service's executor.
  void stop();
  /// How many wait or are being fetched. Any thread.
  std::size_t waiting() const;
  /// How many were left out because the queue was full. Any thread.
  std::uint64_t left_out() const;

 private:
  struct Sighting {
    std::uint64_t person = 0;
    std::string username;
    std::string nickname;
    std::string url;
    std::uint64_t seen_at = 0;  // see ProfileService::forgettings()
  };
  bool is_new(std::uint64_t person);
  void forget(std::uint64_t person);
  void look_again(std::uint64_t person);
  std::optional<Sighting> take();
  Task<void> work();
  Task<void> look_at(Sighting sighting, Signal& signal);
  Task<void> wait_for_budget(Signal& signal);

  ProfileService& service_;
  PictureFetcher& pictures_;
  const Options options_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards the seven below
  std::deque<Sighting> queue_;
  std::size_t under_way_ = 0;
  std::uint64_t left_out_ = 0;
  std::unordered_set<std::uint64_t> lately_, before_;  // two halves of the time
  UnixMs half_began_ = 0;
  std::uint64_t forgettings_ = 0;  // that were known at the last sighting
  // On the service's thread:
  RequestBudget budget_;
  std::vector<std::unique_ptr<Signal>> idle_;
  bool stopping_ = false;
  TaskGroup workers_;
};

}  // namespace papi::profiles
