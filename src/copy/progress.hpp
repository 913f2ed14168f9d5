#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "platform/base/clock.hpp"

namespace papi::copy {

/// How far a copy has come.
struct Progress {
  enum class Phase { copying, checking };
  Phase phase = Phase::copying;
  std::string_view table;
  std::int64_t done = 0;   // rows of all tables in this phase
  std::int64_t total = 0;  // of them
  std::int64_t begun = 0;  // rows that an earlier run had done
};

using OnProgress = std::function<void(const Progress&)>;

/// `copying events: 1,234,000 of 5,000,000 rows, 24 %, 45,000 rows/s, 1:23 left`. Without rate and time as
/// long as they are not known.
std::string progress_line(const Progress& progress, std::chrono::milliseconds since_phase_began);

/// `waiting for process 7 on host h, start 1f2e to end, which uses DATABASE: 12 s at most, until
/// 2026-11-23T14:16:12.000Z. A service that was killed keeps it for 10 s`. `now` is the wall clock.
std::string waiting_line(std::string_view database, std::string_view owner, std::chrono::milliseconds at_most,
                         UnixMs now);

/// `1,234,000`
std::string with_commas(std::int64_t number);

/// Writes the progress to standard error: on a terminal one line that is written again and again, else a line
/// every few seconds.
class ProgressWriter {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using Write = std::function<void(const std::string&)>;

  ProgressWriter(bool terminal, Write write) : terminal_(terminal), write_(std::move(write)) {}

  void show(const Progress& progress, SteadyTime now);
  /// Ends the line of a terminal, so that the next message stands on its own.
  void end();

 private:
  const bool terminal_;
  const Write write_;
  Progress::Phase phase_ = Progress::Phase::copying;
  SteadyTime phase_began_{};
  SteadyTime last_{};
  bool begun_ = false;
  std::size_t width_ = 0;  // of the line that the terminal shows
};

}  // namespace papi::copy
