#include "platform/log/log_levels.hpp"

#include <algorithm>
#include <utility>

#include "platform/base/enum_count.hpp"

namespace papi {
namespace {

constexpr std::string_view level_names[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};
static_assert(std::size(level_names) == enum_count<LogLevel>());

}  // namespace

std::string_view to_string(LogLevel level) { return level_names[static_cast<std::size_t>(level)]; }

std::optional<LogLevel> parse_log_level(std::string_view name) {
  for (std::size_t i = 0; i < std::size(level_names); ++i) {
    if (level_names[i] == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

LogLevels::LogLevels(LogLevel program, Configured components) : configured_(std::move(components)) {
  configured_.insert_or_assign("", program);
}

void LogLevels::add(std::string component, Gate& gate) {
  std::lock_guard lock(mutex_);
  gate.store(level_of(component), std::memory_order_relaxed);
  members_.push_back({std::move(component), &gate});
}

void LogLevels::remove(Gate& gate) {
  std::lock_guard lock(mutex_);
  std::erase_if(members_, [&](const Member& member) { return member.gate == &gate; });
}

void LogLevels::change(std::string_view component, LogLevel level, TimePoint end) {
  std::lock_guard lock(mutex_);
  changes_.insert_or_assign(std::string(component), Change{level, end});
  apply();
}

void LogLevels::reset(std::string_view component) {
  std::lock_guard lock(mutex_);
  if (const auto found = changes_.find(component); found != changes_.end()) changes_.erase(found);
  apply();
}

std::vector<std::string> LogLevels::expire(TimePoint now) {
  std::lock_guard lock(mutex_);
  std::vector<std::string> ended;
  for (auto at = changes_.begin(); at != changes_.end();) {
    if (now < at->second.end) {
      ++at;
      continue;
    }
    ended.push_back(at->first);
    at = changes_.erase(at);
  }
  if (!ended.empty()) apply();
  return ended;
}

bool LogLevels::has_changes() const {
  std::lock_guard lock(mutex_);
  return !changes_.empty();
}

LogLevel LogLevels::of(std::string_view component) const {
  std::lock_guard lock(mutex_);
  return level_of(component);
}

std::vector<std::string> LogLevels::components() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const Member& member : members_) {
    if (!member.component.empty()) names.push_back(member.component);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

LogLevel LogLevels::level_of(std::string_view component) const {
  for (;;) {
    if (const auto change = changes_.find(component); change != changes_.end()) return change->second.level;
    if (const auto found = configured_.find(component); found != configured_.end()) return found->second;
    const auto dot = component.rfind('.');
    component = dot == std::string_view::npos ? std::string_view() : component.substr(0, dot);
  }
}

void LogLevels::apply() {
  for (const Member& member : members_)
    member.gate->store(level_of(member.component), std::memory_order_relaxed);
}

}  // namespace papi
