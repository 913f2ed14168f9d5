#pragma once

#include <deque>
#include <mutex>
#include <unordered_set>

#include "events/person_sink.hpp"
#include "profiles/picture_fetcher.hpp"
#include "profiles/profile_service.hpp"

namespace papi::profiles {

/// Fetches the pictures of people who appear in live events and gives them to ProfileService. A picture is
/// fetched soon, because its signed URL expires in a day or two. A few workers take the people from a bounded
/// queue. If the queue is full, the person is skipped until their next event.
class LiveAvatars final : public events::PersonSink {
 public:
  struct Options {
    bool enabled = true;
    std::chrono::milliseconds timeout{5'000};
    std::int64_t per_minute = 120;
    std::size_t queue = 1'000;
    std::size_t workers = 4;
    std::chrono::milliseconds look_again_after{21'600'000};  // before the same person is queued again
    std::size_t remembered = 50'000;                         // most people remembered for that time
  };
  LiveAvatars(ProfileService& service, PictureFetcher& pictures, Options options, Logger& log,
              const Clock& clock);

  /// May be called on any thread.
  void seen(const events::User& user) override;

  /// Runs the workers on the service's executor. Returns after stop().
  Task<void> run();
  /// Call it on the service's executor.
  void stop();
  /// Returns how many people wait or are being worked on. May be called on any thread.
  std::size_t waiting() const;
  /// Returns how many people were skipped because the queue was full. May be called on any thread.
  std::uint64_t left_out() const;

 private:
  struct SeenAvatar {
    std::uint64_t person = 0;
    std::string username;
    std::string nickname;
    std::string url;
    std::uint64_t seen_at = 0;  // a value of ProfileService::erasures()
  };
  bool is_new(std::uint64_t person);
  void unmark(std::uint64_t person);
  void look_again(std::uint64_t person);
  std::optional<SeenAvatar> take();
  Task<void> work();
  Task<void> look_at(SeenAvatar seen_avatar, Notifier& notifier);
  Task<void> wait_for_budget(Notifier& notifier);

  ProfileService& service_;
  PictureFetcher& pictures_;
  const Options options_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards the seven members below
  std::deque<SeenAvatar> queue_;
  std::size_t under_way_ = 0;
  std::uint64_t left_out_ = 0;
  std::unordered_set<std::uint64_t> lately_, before_;  // the newer and the older half of the time
  UnixMs half_began_ = 0;
  std::uint64_t erasures_ = 0;  // ProfileService::erasures() at the last seen()
  // Used only on the service's thread:
  RequestBudget budget_;
  std::vector<std::unique_ptr<Notifier>> idle_;
  bool stopping_ = false;
  TaskGroup workers_;
};

}  // namespace papi::profiles
