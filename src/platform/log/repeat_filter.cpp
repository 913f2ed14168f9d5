#include "platform/log/repeat_filter.hpp"

#include <utility>

namespace papi {

RepeatFilter::RepeatFilter(std::chrono::milliseconds interval, std::size_t max_errors)
    : interval_(interval), max_errors_(max_errors) {}

bool RepeatFilter::admit(const Line& line, TimePoint now) {
  if (interval_.count() == 0) return true;
  Key key =
      std::string(to_string(line.level)) + '\n' + line.logger + '\n' + line.message + '\n' + line.identity;
  std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(key); found != entries_.end()) {
    Summary& waiting = found->second.waiting;
    waiting.line = line;
    ++waiting.times;
    return false;
  }
  if (entries_.size() < max_errors_) entries_.emplace(std::move(key), Entry{now + interval_, {}});
  return true;
}

std::vector<RepeatFilter::Summary> RepeatFilter::due(TimePoint now) {
  std::lock_guard lock(mutex_);
  std::vector<Summary> summaries;
  for (auto at = entries_.begin(); at != entries_.end();) {
    Entry& entry = at->second;
    if (now < entry.end) {
      ++at;
    } else if (entry.waiting.times == 0) {
      at = entries_.erase(at);
    } else {
      summaries.push_back(std::exchange(entry.waiting, {}));
      entry.end = now + interval_;
      ++at;
    }
  }
  return summaries;
}

std::vector<RepeatFilter::Summary> RepeatFilter::take_all() {
  std::lock_guard lock(mutex_);
  std::vector<Summary> summaries;
  for (auto& [key, entry] : entries_) {
    if (entry.waiting.times > 0) summaries.push_back(std::move(entry.waiting));
  }
  entries_.clear();
  return summaries;
}

bool RepeatFilter::has_errors() const {
  std::lock_guard lock(mutex_);
  return !entries_.empty();
}

}  // namespace papi
