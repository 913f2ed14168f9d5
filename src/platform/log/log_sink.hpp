#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/log/log_rotation.hpp"

namespace papi {

/// What one sink has lost since the start.
struct LogLosses {
  std::uint64_t lines = 0;         // dropped: the queue was full, or the write failed
  std::uint64_t write_errors = 0;  // failed calls of write
  std::string reason;              // of the last failed call
};

/// The losses of all sinks of a logger, so that each sink can report those of the others. Any thread may call
/// it.
class LogLossTable {
 public:
  explicit LogLossTable(std::vector<std::string> sinks);
  ~LogLossTable();
  LogLossTable(const LogLossTable&) = delete;
  LogLossTable& operator=(const LogLossTable&) = delete;

  const std::string& name_of(std::size_t sink) const;
  std::size_t size() const;
  void add(std::size_t sink, std::uint64_t lines, std::uint64_t write_errors, std::string_view reason = {});
  LogLosses of(std::size_t sink) const;
  /// Returns a number that grows with each add().
  std::uint64_t version() const;

 private:
  struct Row;
  std::vector<std::unique_ptr<Row>> rows_;
};

/// One target of the application log: a descriptor, a bounded queue and a thread that writes. Only this
/// thread waits for the descriptor. If the descriptor takes nothing (a full pipe, a stopped reader, a hanging
/// disk) and the queue is full, lines are dropped and counted, and stop() leaves the thread behind after its
/// time limit. Any thread may call every member.
class LogSink {
 public:
  using Milliseconds = std::chrono::milliseconds;
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Options {
    std::size_t queue_bytes = 8 * 1024 * 1024;
    Milliseconds report_interval{60'000};
    bool journal = false;  // each line begins with its priority, as in `<6>`
    LogRotation::Options rotation = {};
  };
  /// Makes the line that reports what a sink has lost since the last such line. It may be called after the
  /// logger is gone, so it must own what it uses.
  using Report = std::function<std::string(std::string_view sink, const LogLosses&)>;

  /// `owned`: the sink closes `descriptor`. `index` is its row in `losses`.
  LogSink(int descriptor, bool owned, std::size_t index, std::shared_ptr<LogLossTable> losses, Report report,
          Options options);
  /// As begin_stop(), then stop() without waiting: queued lines may be lost.
  ~LogSink();
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;

  /// Queues one line. If `urgent`, it is written at once, else within 50 ms. If the queue is full, the line
  /// is dropped and counted. After begin_stop() it is ignored. `priority` is for a journal stream.
  void add(std::string_view line, bool urgent, char priority = '6');
  /// From now on, new lines are written to `descriptor`, which the sink will close. Lines that are queued
  /// already go to the old descriptor.
  void take_descriptor(int descriptor);
  /// Waits until every line that was added before is written or dropped. Returns false if that takes longer
  /// than `until`.
  bool flush(TimePoint until);
  /// Takes no more lines. The thread writes what is queued and ends.
  void begin_stop();
  /// Call after begin_stop(). Waits until the thread has ended. If that takes longer than `until`, the thread
  /// is detached and the process may end without it.
  void stop(TimePoint until);

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the thread, which may outlive the sink
};

/// Writes as much as `descriptor` takes within `limit`. For the last message on standard error: a pipe that
/// nobody reads must not keep the process from ending.
void write_within(int descriptor, std::string_view text, std::chrono::milliseconds limit);

}  // namespace papi
