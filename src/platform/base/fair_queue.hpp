#pragma once

#include <deque>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace papi {

/// Jobs of many callers for a few workers. The callers take turns, one job each, so that who asks much waits
/// for itself. A named caller never has all workers at once, if there are several. The caller without a name
/// is the service itself, and has no such bound. Not synchronised.
template <class Job>
class FairQueue {
 public:
  struct Bounds {
    std::size_t workers = 1;
    std::size_t waiting = 10'000;      // jobs
    std::size_t waiting_of_one = 500;  // of a named caller
  };
  struct Turn {
    std::string caller;
    Job job;
  };

  explicit FairQueue(const Bounds& bounds) : bounds_(bounds) {}

  /// False: too many wait, of all or of this caller.
  bool push(const std::string& caller, Job job) {
    if (size_ >= bounds_.waiting || bounds_.waiting_of_one == 0) return false;
    Lane& lane = lanes_[caller];
    if (!caller.empty() && lane.jobs.size() >= bounds_.waiting_of_one) return false;
    lane.jobs.push_back(std::move(job));
    ++size_;
    if (lane.jobs.size() == 1) order_.push_back(caller);
    return true;
  }

  /// The next job that may run, or nothing. done() is called for each.
  std::optional<Turn> pop() {
    for (auto caller = order_.begin(); caller != order_.end(); ++caller) {
      Lane& lane = lanes_[*caller];
      if (lane.running >= most_at_once(*caller)) continue;
      Turn turn{*caller, std::move(lane.jobs.front())};
      lane.jobs.pop_front();
      --size_, ++lane.running;
      order_.erase(caller);
      if (!lane.jobs.empty()) order_.push_back(turn.caller);
      return turn;
    }
    return std::nullopt;
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
  std::list<std::string> order_;  // callers with waiting jobs, whose turn is next first
  std::size_t size_ = 0;
};

}  // namespace papi
