#pragma once

#include <algorithm>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace papi {

/// A queue of jobs of many callers for a few workers. The callers take turns, one job each, so a caller with
/// many jobs delays only itself. If there are several workers, a named caller never has all of them at once.
/// The caller with the empty name is the service itself; it is bounded neither in workers nor in waiting jobs
/// of its own. Not synchronised: the owner holds a lock.
template <class Job>
class FairQueue {
 public:
  struct Bounds {
    std::size_t workers = 1;
    std::size_t waiting = 10'000;      // jobs of all callers
    std::size_t waiting_of_one = 500;  // jobs of one named caller
  };
  struct Item {
    std::string caller;
    Job job;
  };

  explicit FairQueue(const Bounds& bounds) : bounds_(bounds) {}

  /// Adds a job. Returns false if too many jobs wait, of all callers or of this one.
  bool push(const std::string& caller, Job job) {
    if (size_ >= bounds_.waiting || bounds_.waiting_of_one == 0) return false;
    Lane& lane = lanes_[caller];
    if (!caller.empty() && lane.jobs.size() >= bounds_.waiting_of_one) return false;
    lane.jobs.push_back(std::move(job));
    ++size_;
    if (lane.jobs.size() == 1) order_.push_back(caller);
    return true;
  }

  /// Takes the next job that may run. Returns nullopt if no job may run. Call done() after each job.
  std::optional<Item> pop() {
    for (auto caller = order_.begin(); caller != order_.end(); ++caller) {
      Lane& lane = lanes_[*caller];
      if (lane.running >= most_at_once(*caller)) continue;
      Item item{*caller, std::move(lane.jobs.front())};
      lane.jobs.pop_front();
      --size_;
      ++lane.running;
      order_.erase(caller);
      if (!lane.jobs.empty()) order_.push_back(item.caller);
      return item;
    }
    return std::nullopt;
  }

  /// Takes out a job of this caller that has not been popped. Returns false if it is not there.
  bool remove(const std::string& caller, const Job& job) {
    const auto lane = lanes_.find(caller);
    if (lane == lanes_.end()) return false;
    auto& jobs = lane->second.jobs;
    const auto found = std::find(jobs.begin(), jobs.end(), job);
    if (found == jobs.end()) return false;
    jobs.erase(found);
    --size_;
    if (jobs.empty()) order_.remove(caller);
    if (jobs.empty() && lane->second.running == 0) lanes_.erase(lane);
    return true;
  }

  void done(const std::string& caller) {
    const auto lane = lanes_.find(caller);
    --lane->second.running;
    if (lane->second.running == 0 && lane->second.jobs.empty()) lanes_.erase(lane);
  }

  std::size_t size() const { return size_; }

 private:
  struct Lane {
    std::deque<Job> jobs;
    std::size_t running = 0;
  };
  std::size_t most_at_once(const std::string& caller) const {
    return caller.empty() || bounds_.workers == 1 ? bounds_.workers : bounds_.workers - 1;
  }

  const Bounds bounds_;
  std::unordered_map<std::string, Lane> lanes_;
  std::list<std::string> order_;  // callers with waiting jobs, the next one first
  std::size_t size_ = 0;
};

}  // namespace papi
