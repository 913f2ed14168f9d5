#include "monitoring/hourly_history.hpp"

#include <algorithm>
#include <cmath>

namespace papi::monitoring {
namespace {

constexpr UnixMs hour_length = std::chrono::milliseconds(std::chrono::hours(1)).count();
constexpr UnixMs day_length = std::chrono::milliseconds(std::chrono::days(1)).count();
constexpr std::chrono::seconds between_tries{10};
constexpr std::size_t hours_at_a_time = 500;

UnixMs day_of(UnixMs time) { return time - time % day_length; }

}  // namespace

HourlyHistory::HourlyHistory(const Dependencies& deps)
    : deps_(deps), sums_(deps.requests.cells() + outside_sum_count), wake_(deps.executor) {
  const UnixMs now = deps.clock.now_ms();
  now_ = now;
  begin_hour(now - now % hour_length, now);
}

void HourlyHistory::begin_hour(UnixMs hour, UnixMs now) {
  hour_ = hour;
  since_ = now;
  begin_ = sums_;
  begin_us_ = deps_.requests.endpoint_us();
  present_ = {};
  earlier_ = {};
  if (auto stored = later_.extract(hour)) earlier_ = std::move(stored.mapped());
}

void HourlyHistory::advance(std::span<const std::uint64_t> sums, metrics::Extremes extremes) {
  now_ = std::max(now_, deps_.clock.now_ms());
  sums_.assign(sums.begin(), sums.end());
  present_.extremes.include(extremes);
  if (now_ < hour_ + hour_length) return;
  HourlyFigures over = counted();
  over.covered = std::chrono::milliseconds(hour_ + hour_length - since_);
  over.merge(earlier_);
  days_[day_of(hour_)].merge(over);
  unsaved_[hour_] = std::move(over);
  const UnixMs hour = now_ - now_ % hour_length;
  begin_hour(hour, hour);
}

void HourlyHistory::note_use(std::uint64_t memory_bytes, std::uint64_t process_memory_bytes,
                             double cpu_percent) {
  HourlyFigures use;
  use.most_memory_bytes = memory_bytes;
  use.most_process_memory_bytes = process_memory_bytes;
  use.most_cpu_permille = static_cast<std::uint64_t>(std::llround(std::max(cpu_percent, 0.0) * 10));
  present_.merge(use);
}

HourlyFigures HourlyHistory::counted() const {
  HourlyFigures figures = present_;
  figures.covered = std::chrono::milliseconds(now_ - since_);
  std::vector<std::uint64_t> grown(sums_.size());
  for (std::size_t i = 0; i < grown.size(); ++i) grown[i] = sums_[i] - begin_[i];
  const RequestMetrics::View view = deps_.requests.view(grown);
  for (const auto& [status, count] : view.statuses) figures.statuses[std::string(status)] = count;
  for (const auto& [endpoint, count] : view.endpoints)
    figures.endpoints[std::string(endpoint)].requests = count;
  const std::vector<std::uint64_t> us = deps_.requests.endpoint_us();
  for (std::size_t row = 0; row < us.size(); ++row) {
    if (us[row] != begin_us_[row])
      figures.endpoints[std::string(deps_.requests.endpoint(row))].us += us[row] - begin_us_[row];
  }
  for (std::size_t bucket = 0; bucket < view.durations.size(); ++bucket) {
    if (view.durations[bucket] > 0) figures.durations[bucket] = view.durations[bucket];
  }
  const std::size_t outside = deps_.requests.cells();
  for (std::size_t i = 0; i < outside_sum_count; ++i) figures.outside[i] = grown[outside + i];
  return figures;
}

HourlyFigures HourlyHistory::last(std::chrono::days days) const {
  HourlyFigures sum = counted();
  sum.merge(earlier_);
  const UnixMs first = day_of(hour_) - std::chrono::milliseconds(days).count();
  for (auto day = days_.lower_bound(first); day != days_.end(); ++day) sum.merge(day->second);
  return sum;
}

Task<Result<void>> HourlyHistory::load() {
  UnixMs from = day_of(hour_) - std::chrono::milliseconds(kept).count();
  std::map<UnixMs, HourlyFigures> found;
  for (std::size_t read = hours_at_a_time; read == hours_at_a_time;) {
    CO_TRY(const std::vector<StoredHour> hours,
           co_await deps_.store.load(deps_.executor, from, hours_at_a_time));
    read = hours.size();
    for (const StoredHour& hour : hours) {
      from = hour.begin + 1;
      if (auto figures = parse_hourly_figures(hour.text)) {
        found[hour.begin] = std::move(*figures);
      } else {
        deps_.log.warning("The figures of an hour cannot be read", {{"hour", rfc3339(hour.begin)}});
      }
    }
  }
  for (auto& [hour, figures] : found) {
    if (hour > hour_) {
      later_[hour] = std::move(figures);
    } else if (hour == hour_) {
      earlier_.merge(figures);
    } else {
      days_[day_of(hour)].merge(figures);
      if (const auto own = unsaved_.find(hour); own != unsaved_.end()) own->second.merge(figures);
    }
  }
  loaded_ = true;
  co_return Result<void>();
}

Task<void> HourlyHistory::save() {
  if (!loaded_) co_return;
  std::vector<StoredHour> hours;
  hours.reserve(unsaved_.size() + 1);
  for (const auto& [hour, figures] : unsaved_) hours.push_back({hour, text_of(figures)});
  HourlyFigures present = counted();
  present.merge(earlier_);
  hours.push_back({hour_, text_of(present)});
  const UnixMs before = hour_;
  auto saved = co_await deps_.store.save(deps_.executor, std::move(hours));
  if (saved) {
    unsaved_.erase(unsaved_.begin(), unsaved_.lower_bound(before));
  } else {
    deps_.log.warning("The figures of the hour cannot be stored yet", {{"reason", saved.error().message}});
  }
}

Task<void> HourlyHistory::erase_old() {
  const UnixMs before = day_of(hour_) - std::chrono::milliseconds(kept).count();
  days_.erase(days_.begin(), days_.lower_bound(before));
  if (!deps_.trusted_clock.proved()) co_return;
  std::size_t erased = hours_at_a_time;
  while (erased == hours_at_a_time && !stopping_) {
    auto done = co_await deps_.store.erase_before(deps_.executor, before, hours_at_a_time);
    if (!done) deps_.log.warning("Old figures cannot be deleted", {{"reason", done.error().message}});
    erased = done ? *done : 0;
  }
}

Task<void> HourlyHistory::run() {
  while (!stopping_) {
    auto loaded = co_await load();
    if (loaded) break;
    deps_.log.warning("The figures of past hours cannot be read yet", {{"reason", loaded.error().message}});
    if (!stopping_) co_await wake_.wait_for(between_tries);
  }
  UnixMs erased_in = 0;  // once an hour
  while (!stopping_) {
    co_await wake_.wait_for(save_every);
    if (stopping_) break;
    co_await save();
    if (erased_in == hour_) continue;
    erased_in = hour_;
    co_await erase_old();
  }
  co_await save();
}

void HourlyHistory::stop() {
  stopping_ = true;
  wake_.notify();
}

}  // namespace papi::monitoring
