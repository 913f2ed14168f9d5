#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "platform/base/completion.hpp"
#include "platform/base/task_group.hpp"
#include "platform/http/picture.hpp"
#include "profiles/picture_fetcher.hpp"

namespace papi::profiles {

/// Pictures by their address, fetched once and kept in bounded memory: of gifts, which many people ask for.
/// However many ask at once, one request is made. A failure is remembered for a while. Members run on
/// `executor`'s thread. stop() before it goes.
class FetchedPictures {
 public:
  struct Options {
    std::size_t max_pictures = 2'000;
    std::size_t max_bytes = 32 * 1024 * 1024;
    std::size_t max_fetches = 32;  // at once; more are told to come back
    std::chrono::milliseconds retry_after_failure{60'000};
  };
  /// Fetches one picture: PictureFetcher's, or a test's.
  using Fetch = std::function<Task<Result<Image>>(std::string url)>;

  FetchedPictures(Executor executor, Fetch fetch, Options options, Logger& log, const Clock& clock);

  Task<Result<http::Picture>> get(std::string url);
  /// The picture, if it is in memory.
  Task<std::optional<http::Picture>> kept(std::string url);
  Executor executor() const { return executor_; }
  /// Waits for what is under way.
  Task<void> stop() { return tasks_.join(); }

 private:
  struct Kept {
    std::string url;
    Result<http::Picture> picture;
    std::chrono::steady_clock::time_point fetched_at;
    std::size_t bytes() const;
  };
  using Order = std::list<Kept>;  // the last used first
  using Waiters = std::vector<Completion<Result<http::Picture>>>;

  const Kept* find(const std::string& url);
  void keep(Kept kept);
  void drop(Order::iterator kept);
  Task<void> fly(std::string url);

  const Executor executor_;
  const Fetch fetch_;
  const Options options_;
  Logger& log_;
  const Clock& clock_;
  Order order_;
  std::unordered_map<std::string, Order::iterator> by_url_;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, Waiters> flights_;
  TaskGroup tasks_;
};

}  // namespace papi::profiles
