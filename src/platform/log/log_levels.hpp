#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "platform/log/log_level.hpp"

namespace papi {

/// The levels of the application log: the configured ones, and changes of them for a time.
///
/// A component is a named part of the program, such as `database`. A dot separates a part of a part, such as
/// `page.access`. The empty name is the whole program. A component has its own level if it has one, else the
/// level of the component around it. If a name has a configured level and a change, the change counts. So a
/// change of the whole program leaves a component with a configured level as it is.
///
/// Any thread may call every member.
class LogLevels {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  /// The level of one component, for the fast path: a line is compared with it and nothing else.
  using Gate = std::atomic<LogLevel>;
  using Configured = std::map<std::string, LogLevel, std::less<>>;

  LogLevels(LogLevel program, Configured components);

  /// Keeps `gate` at the level of `component` until remove(). Several gates may belong to one component.
  void add(std::string component, Gate& gate);
  void remove(Gate& gate);

  /// Changes the level of `component` until `end`. An earlier change of the same component ends.
  void change(std::string_view component, LogLevel level, TimePoint end);
  /// Ends the change of `component`.
  void reset(std::string_view component);
  /// Ends the changes whose time is over. Returns their components.
  std::vector<std::string> expire(TimePoint now);
  bool has_changes() const;

  LogLevel of(std::string_view component) const;
  /// Returns the names of all components that have a gate, sorted and without the empty name.
  std::vector<std::string> components() const;

 private:
  struct Change {
    LogLevel level;
    TimePoint end;
  };
  struct Member {
    std::string component;
    Gate* gate;
  };
  LogLevel level_of(std::string_view component) const;
  void apply();

  mutable std::mutex mutex_;
  Configured configured_;
  std::map<std::string, Change, std::less<>> changes_;
  std::vector<Member> members_;
};

}  // namespace papi
