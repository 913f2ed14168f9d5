#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace papi {

/// What one sink has lost since the start.
struct LogLosses {
  std::uint64_t lines = 0;         // dropped: the queue was full, or they could not be written
  std::uint64_t write_errors = 0;  // failed calls
  std::string reason;              // of the last failed call
};

/// The losses of all sinks of a logger, so that each can tell those of the others. Any thread.
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
  /// Grows with each add().
  std::uint64_t version() const;

 private:
  struct Row;
  std::vector<std::unique_ptr<Row>> rows_;
};

/// One place that log lines go to: a descriptor, a bounded queue and a thread that writes. Nobody waits for
/// the descriptor but this thread: if it takes nothing (a full pipe, a stopped reader, a hanging disk), lines
/// are dropped and counted when the queue is full, and stop() leaves the thread behind after its limit.
/// Every member is safe from every thread.
class LogSink {
 public:
  using Milliseconds = std::chrono::milliseconds;
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Options {
    std::size_t queue_bytes = 8 * 1024 * 1024;
    Milliseconds report_interval{60'000};
  };
  /// Makes the line that tells what a sink has lost since the last such line. It may be called when the
  /// logger is gone, so it must own what it uses.
  using Report = std::function<std::string(std::string_view sink, const LogLosses&)>;

  /// `owned`: the sink closes `descriptor`. `index`: its row in `losses`.
  LogSink(int descriptor, bool owned, std::size_t index, std::shared_ptr<LogLossTable> losses, Report report,
          Options options);
  /// As begin_stop() and stop() at once: what is queued is lost.
  ~LogSink();
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;

  /// Queues one line. `urgent`: it is written at once, else within 50 ms.
  void add(std::string_view line, bool urgent);
  /// Lines that come from now on are written to `descriptor`, which the sink closes; those before go to the
  /// old one.
  void take_descriptor(int descriptor);
  /// Waits until everything that was added before is written or dropped. Returns false if that
  /// is not done by `until`.
  bool flush(TimePoint until);
  /// Takes no more lines; the thread writes what is queued and ends.
  void begin_stop();
  /// Waits for that. If it takes longer than `until`, the thread is left to itself and the process may end.
  void stop(TimePoint until);

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the thread, which may outlive the sink
};

/// Writes what `descriptor` takes within `limit`, for last words on standard error: a pipe that nobody reads
/// must not keep the process from ending.
void write_within(int descriptor, std::string_view text, std::chrono::milliseconds limit);

}  // namespace papi
