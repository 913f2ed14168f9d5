#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "platform/base/promise.hpp"
#include "platform/base/task_group.hpp"
#include "platform/http/picture.hpp"
#include "profiles/picture_fetcher.hpp"

namespace papi::profiles {

/// Fetches pictures by their URL, once for all who ask, and keeps them in bounded memory. It is used for gift
/// pictures, which many clients request. Requests for a picture that is being fetched wait for that fetch. A
/// failure is remembered for a while. All members run on `executor`'s thread. Call stop() before the
/// destructor.
class FetchedPictures {
 public:
  struct Options {
    std::size_t max_pictures = 2'000;
    std::size_t max_bytes = 32 * 1024 * 1024;
    std::size_t max_fetches = 32;  // at the same time; get() fails beyond it
    std::chrono::milliseconds retry_after_failure{60'000};
  };
  /// Fetches one picture. PictureFetcher does this, or a test's function.
  using Fetch = std::function<Task<Result<Image>>(std::string url)>;

  FetchedPictures(Executor executor, Fetch fetch, Options options, Logger& log, const Clock& clock);

  /// Returns the picture, from memory or from its host. Fails with the error of the fetch, also while a
  /// failure is remembered. Fails with UNAVAILABLE if too many fetches are in progress.
  Task<Result<http::Picture>> get(std::string url);
  /// Returns the picture if it is in memory, or nullopt.
  Task<std::optional<http::Picture>> kept(std::string url);
  Executor executor() const { return executor_; }
  /// Waits for the fetches in progress.
  Task<void> stop() { return tasks_.join(); }

 private:
  struct Kept {
    std::string url;
    Result<http::Picture> picture;
    std::chrono::steady_clock::time_point fetched_at;
    std::size_t bytes() const;
  };
  using Order = std::list<Kept>;  // most recently used first
  using Waiters = std::vector<Promise<Result<http::Picture>>>;

  const Kept* find(const std::string& url);
  void keep(Kept kept);
  void drop(Order::iterator kept);
  Task<void> fetch_for_all(std::string url);

  const Executor executor_;
  const Fetch fetch_;
  const Options options_;
  Logger& log_;
  const Clock& clock_;
  Order order_;
  std::unordered_map<std::string, Order::iterator> by_url_;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, Waiters> waiting_;
  TaskGroup tasks_;
};

}  // namespace papi::profiles
