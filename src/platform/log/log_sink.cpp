#include "platform/log/log_sink.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

namespace papi {

struct LogLossTable::Row {
  std::string name;
  mutable std::mutex mutex;
  LogLosses losses;
  std::atomic<std::uint64_t> version{0};
};

LogLossTable::LogLossTable(std::vector<std::string> sinks) {
  for (std::string& name : sinks) {
    rows_.push_back(std::make_unique<Row>());
    rows_.back()->name = std::move(name);
  }
}
LogLossTable::~LogLossTable() = default;

const std::string& LogLossTable::name_of(std::size_t sink) const { return rows_[sink]->name; }
std::size_t LogLossTable::size() const { return rows_.size(); }

void LogLossTable::add(std::size_t sink, std::uint64_t lines, std::uint64_t write_errors,
                       std::string_view reason) {
  Row& row = *rows_[sink];
  std::lock_guard lock(row.mutex);
  row.losses.lines += lines;
  row.losses.write_errors += write_errors;
  if (!reason.empty()) row.losses.reason = reason;
  ++row.version;
}

LogLosses LogLossTable::of(std::size_t sink) const {
  std::lock_guard lock(rows_[sink]->mutex);
  return rows_[sink]->losses;
}

std::uint64_t LogLossTable::version() const {
  std::uint64_t sum = 0;
  for (const auto& row : rows_) sum += row->version.load(std::memory_order_relaxed);
  return sum;
}

/// The state that the sink and its thread share. The thread alone uses the members under "Used by the thread
/// only".
struct LogSink::State {
  State(int output, bool close_output, std::size_t row, std::shared_ptr<LogLossTable> table,
        Report make_report, const Options& limits)
      : index(row),
        losses(std::move(table)),
        report(std::move(make_report)),
        options(limits),
        descriptor(output),
        owned(close_output),
        reported(losses->size()),
        rotation(limits.rotation) {
    rotation.opened(descriptor);
  }
  ~State() {
    if (owned) ::close(descriptor);
    if (next >= 0) ::close(next);
  }

  void run();
  void write_batch(std::size_t switch_at, int next_descriptor);
  void write_lines(std::string_view lines);
  bool write_all(std::string_view& rest, std::string& reason);
  void rotate();
  void report_losses(bool at_once);

  static constexpr std::size_t wake_at = 64 * 1024;

  const std::size_t index;
  const std::shared_ptr<LogLossTable> losses;
  const Report report;
  const Options options;

  std::mutex mutex;
  std::condition_variable wake;     // for the thread
  std::condition_variable changed;  // for callers that wait for the thread
  std::string pending;
  std::size_t switch_at = 0;  // where in `pending` the lines for `next` begin
  int next = -1;
  std::uint64_t added = 0, done = 0;  // bytes
  bool urgent = false, stopping = false, ended = false;
  bool abandoned = false;  // stop() no longer waits: the process ends

  // Used by the thread only.
  int descriptor;
  bool owned;
  bool mid_line = false;  // the last write stopped in the middle of a line
  std::string batch;
  std::vector<LogLosses> reported;  // of each sink: the losses that this sink has reported
  std::uint64_t reported_version = 0;
  TimePoint next_report{};
  LogRotation rotation;

  std::thread thread;  // used by the sink only
};

LogSink::LogSink(int descriptor, bool owned, std::size_t index, std::shared_ptr<LogLossTable> losses,
                 Report report, Options options)
    : state_(
          std::make_shared<State>(descriptor, owned, index, std::move(losses), std::move(report), options)) {
  state_->thread = std::thread([state = state_] { state->run(); });
}

LogSink::~LogSink() {
  begin_stop();
  stop(std::chrono::steady_clock::now());
}

void LogSink::add(std::string_view line, bool urgent, char priority) {
  State& state = *state_;
  bool full = false;
  {
    std::lock_guard lock(state.mutex);
    if (state.stopping) return;
    if (state.pending.size() + line.size() > state.options.queue_bytes) {
      state.losses->add(state.index, 1, 0);  // losing log lines is better than losing the service
      return;
    }
    const std::size_t before = state.pending.size();
    if (state.options.journal) {
      const char prefix[] = {'<', priority, '>'};
      state.pending.append(prefix, sizeof prefix);
    }
    state.pending += line;
    state.added += state.pending.size() - before;
    full = before < State::wake_at && state.pending.size() >= State::wake_at;
    state.urgent = state.urgent || urgent;
  }
  if (full || urgent) state.wake.notify_one();
}

void LogSink::take_descriptor(int descriptor) {
  State& state = *state_;
  {
    std::lock_guard lock(state.mutex);
    if (state.next >= 0) {
      ::close(state.next);  // the thread has not taken it yet: its lines go to the newer one
    } else {
      state.switch_at = state.pending.size();
    }
    state.next = descriptor;
    state.urgent = true;
  }
  state.wake.notify_one();
}

bool LogSink::flush(TimePoint until) {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  const std::uint64_t wanted = state.added;
  state.urgent = true;
  state.wake.notify_one();
  return state.changed.wait_until(lock, until, [&] { return state.done >= wanted || state.ended; });
}

void LogSink::begin_stop() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_one();
}

void LogSink::stop(TimePoint until) {
  State& state = *state_;
  if (!state.thread.joinable()) return;
  bool ended = false;
  {
    std::unique_lock lock(state.mutex);
    ended = state.changed.wait_until(lock, until, [&] { return state.ended; });
    state.abandoned = !ended;
  }
  if (ended) {
    state.thread.join();
  } else {
    state.thread.detach();
  }
}

void LogSink::State::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    wake.wait_for(lock, std::chrono::milliseconds(50),
                  [this] { return stopping || urgent || pending.size() >= wake_at; });
    urgent = false;
    const bool last = stopping;
    const std::size_t until = switch_at;
    const int fresh = std::exchange(next, -1);
    batch.clear();
    std::swap(batch, pending);
    const std::uint64_t taken = added;
    lock.unlock();
    report_losses(false);
    write_batch(fresh >= 0 ? until : 0, fresh);
    lock.lock();
    if (last && !abandoned) {
      lock.unlock();
      report_losses(true);
      lock.lock();
    }
    done = taken;
    ended = last || abandoned;
    changed.notify_all();
    if (ended) return;
  }
}

void LogSink::State::write_batch(std::size_t until, int fresh) {
  const std::string_view lines = batch;
  if (fresh >= 0) {
    write_lines(lines.substr(0, until));
    if (owned) ::close(descriptor);
    descriptor = fresh;
    owned = true;
    mid_line = false;
    rotation.opened(descriptor);
  }
  if (rotation.due(lines.size() - until)) rotate();
  write_lines(lines.substr(until));
}

void LogSink::State::rotate() {
  const auto file = rotation.rotate(descriptor);
  if (!file) {
    const std::string line = rotation.failure_line(file.error().message);
    write_lines(line);
    return;
  }
  if (owned) ::close(descriptor);
  descriptor = *file;
  owned = true;
  mid_line = false;
}

void LogSink::State::write_lines(std::string_view lines) {
  if (lines.empty()) return;
  std::string_view rest = lines;
  std::string reason;
  if (mid_line) {
    std::string_view line_end = "\n";
    mid_line = !write_all(line_end, reason);
  }
  if (!mid_line && write_all(rest, reason)) return;
  if (rest.size() < lines.size()) mid_line = lines[lines.size() - rest.size() - 1] != '\n';
  losses->add(index, static_cast<std::uint64_t>(std::count(rest.begin(), rest.end(), '\n')), 1, reason);
}

/// Removes from `rest` what was written. Returns false if the descriptor refused the remainder; `reason` then
/// says why.
bool LogSink::State::write_all(std::string_view& rest, std::string& reason) {
  while (!rest.empty()) {
    const ssize_t n = ::write(descriptor, rest.data(), rest.size());
    if (n > 0) {
      rest.remove_prefix(static_cast<std::size_t>(n));
      rotation.wrote(static_cast<std::size_t>(n));
      continue;
    }
    const int error = n < 0 ? errno : EIO;
    if (error == EINTR) continue;
    if (error == EAGAIN) {  // another user of the descriptor may have made it non-blocking
      pollfd ready{descriptor, POLLOUT, 0};
      ::poll(&ready, 1, -1);
      continue;
    }
    reason = std::strerror(error);
    return false;
  }
  return true;
}

void LogSink::State::report_losses(bool at_once) {
  const std::uint64_t version = losses->version();
  const auto now = std::chrono::steady_clock::now();
  if (version == reported_version || (!at_once && now < next_report)) return;
  next_report = now + options.report_interval;
  std::vector<LogLosses> seen;
  std::string lines = mid_line ? "\n" : "";
  for (std::size_t i = 0; i < losses->size(); ++i) {
    LogLosses fresh = losses->of(i);
    seen.push_back(fresh);
    fresh.lines -= reported[i].lines;
    fresh.write_errors -= reported[i].write_errors;
    if (fresh.write_errors == 0) fresh.reason.clear();
    if (fresh.lines == 0 && fresh.write_errors == 0) continue;
    if (options.journal) lines += "<3>";
    lines += report(losses->name_of(i), fresh);
  }
  std::string_view rest = lines;
  std::string why_not;  // unused: the next line fails for the same reason
  if (write_all(rest, why_not)) {
    reported = std::move(seen);
    reported_version = version;
    mid_line = false;
  } else if (rest.size() < lines.size()) {
    mid_line = lines[lines.size() - rest.size() - 1] != '\n';
  }
}

void write_within(int descriptor, std::string_view text, std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!text.empty()) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd ready{descriptor, POLLOUT, 0};
    const int found = ::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
    if (found < 0 && errno == EINTR) continue;
    if (found <= 0) return;
    // A pipe that is ready takes PIPE_BUF bytes without waiting.
    const ssize_t n = ::write(descriptor, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace papi
