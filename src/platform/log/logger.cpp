#include "platform/log/logger.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include "platform/base/json_writer.hpp"
#include "platform/log/journal.hpp"
#include "platform/log/repeat_filter.hpp"

namespace papi {
namespace {

constexpr std::chrono::seconds due_work_interval{1};

std::string line_of(LogFormat format, UnixMs now, LogLevel level, std::string_view logger,
                    std::string_view message, std::string_view fields) {
  std::string line;
  line.reserve(256);
  append_log_head(line, format, now, level, logger);
  if (format == LogFormat::json) {
    append_log_string(line, message);
  } else {
    line += visible(message);
  }
  line += fields;
  line += format == LogFormat::json ? "}\n" : "\n";
  return line;
}

template <class Fields>
std::string text_of(LogFormat format, const Fields& fields) {
  std::string text;
  for (const LogField& field : fields) append_log_field(text, format, field);
  return text;
}

LogSink::Report report_of(const LogOptions& options) {
  return [format = options.format, name = options.name](std::string_view sink, const LogLosses& losses) {
    std::string_view reason = losses.reason;
    if (reason.empty()) reason = "its queue is full";
    const LogField fields[] = {
        {"sink", sink}, {"lines", losses.lines}, {"write_errors", losses.write_errors}, {"reason", reason}};
    return line_of(format, SystemClock().now_ms(), LogLevel::error, name, "Log lines dropped",
                   text_of(format, fields));
  };
}

LogSink::Options output_options(const LogOptions& options) {
  LogSink::Options sink = options.sink;
  sink.journal = options.output_is_journal;
  return sink;
}

LogSink::Options file_options(const LogOptions& options) {
  LogSink::Options sink = options.sink;
  sink.rotation = options.rotation;
  sink.rotation.path = options.file_path;
  sink.rotation.failed = [format = options.format, name = options.name](const std::string& reason) {
    const LogField fields[] = {{"reason", reason}};
    return line_of(format, SystemClock().now_ms(), LogLevel::error, name,
                   "Log file cannot be rotated: the one before stays in use", text_of(format, fields));
  };
  return sink;
}

bool same_file(int a, int b) {
  struct stat first {
  }, second{};
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

std::string inner_name(const std::string& outer, std::string_view inner) {
  return outer.empty() ? std::string(inner) : outer + "." + std::string(inner);
}

}  // namespace

/// What the loggers of all components share.
struct Logger::Core {
  Core(Logger& log, const LogOptions& given, const Clock& wall)
      : program(log),
        options(given),
        clock(wall),
        losses(std::make_shared<LogLossTable>(std::vector<std::string>{"stdout", "file"})),
        output(options.output, false, 0, losses, report_of(options), output_options(options)),
        levels(options.level, options.component_levels),
        repeats(options.repeat_interval) {}

  /// There is something to wait for. Starts the thread if it does not run yet.
  void wake_timer() {
    std::lock_guard lock(mutex);
    if (stopping) return;
    has_work = true;
    if (!timer.joinable()) timer = std::thread([this] { run_timer(); });
    wake.notify_one();
  }
  void run_timer() {
    std::unique_lock lock(mutex);
    for (;;) {
      wake.wait(lock, [this] { return stopping || has_work; });
      wake.wait_for(lock, due_work_interval, [this] { return stopping; });
      if (stopping) return;
      has_work = false;  // before the look: what comes now sets it again
      lock.unlock();
      program.do_due_work();
      const bool more = levels.has_changes() || repeats.has_errors();
      lock.lock();
      has_work = has_work || more;
    }
  }
  void stop_timer() {
    {
      std::lock_guard lock(mutex);
      stopping = true;
    }
    wake.notify_one();
    if (timer.joinable()) timer.join();
  }
  void add(LogLevel level, std::string_view line) {
    const bool urgent = level >= LogLevel::warning;
    output.add(line, urgent, journal_priority(level));
    if (file) file->add(line, urgent);
  }
  void write(const RepeatFilter::Summary& summary) {
    std::string fields = summary.line.fields;
    append_log_field(fields, options.format, {"repeated", summary.times});
    add(summary.line.level, line_of(options.format, clock.now_ms(), summary.line.level, summary.line.logger,
                                    summary.line.message, fields));
  }

  Logger& program;
  const LogOptions options;
  const Clock& clock;
  const std::shared_ptr<LogLossTable> losses;
  LogSink output;
  std::unique_ptr<LogSink> file;
  LogLevels levels;
  RepeatFilter repeats;

  std::mutex mutex;  // guards the next three members
  bool stopping = false;
  bool has_work = false;
  std::thread timer;
  std::condition_variable wake;
};

void append_log_head(std::string& out, LogFormat format, UnixMs now, LogLevel level,
                     std::string_view logger) {
  if (format == LogFormat::json) {
    out += "{\"timestamp\":\"";
    append_rfc3339(out, now);
    out += "\",\"time\":\"";
    append_local_time(out, now);
    out += "\",\"level\":\"";
    out += to_string(level);
    out += "\",\"logger\":\"";
    out += logger;
    out += "\",\"message\":";
  } else {
    append_log_time(out, now);
    out += ' ';
    out += to_string(level);
    out += ' ';
    out += logger;
    out += ": ";
  }
}

void append_log_field(std::string& out, LogFormat format, const LogField& field) {
  if (format == LogFormat::json) {
    out += ",\"";
    out += field.name;
    out += "\":";
  } else {
    out += ' ';
    out += field.name;
    out += '=';
  }
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    const bool plain = format == LogFormat::text && !text->empty() &&
                       text->find_first_of(" =\"\\\n\r\t") == std::string_view::npos &&
                       std::all_of(text->begin(), text->end(), [](char c) { return c > 0x20 && c < 0x7F; });
    if (plain) {
      out += *text;
    } else {
      append_log_string(out, *text);
    }
  } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    append_number(out, *number);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    fmt::format_to(std::back_inserter(out), "{:.3f}", *real);
  } else {
    out += std::get<bool>(field.value) ? "true" : "false";
  }
}

Logger::Logger(const LogOptions& options, const Clock& clock)
    : owned_(std::make_unique<Core>(*this, options, clock)),
      core_(*owned_),
      name_(options.name),
      format_(options.format) {
  core_.levels.add(component_, gate_);
}

Logger::Logger(Logger& parent, std::string_view component)
    : core_(parent.core_),
      name_(inner_name(parent.name_, component)),
      component_(inner_name(parent.component_, component)),
      format_(parent.format_) {
  core_.levels.add(component_, gate_);
}

Logger::~Logger() {
  core_.levels.remove(gate_);
  if (!owned_) return;
  core_.stop_timer();
  for (const RepeatFilter::Summary& summary : core_.repeats.take_all()) core_.write(summary);
  const auto until = std::chrono::steady_clock::now() + core_.options.last_words;
  core_.output.begin_stop();
  if (core_.file) core_.file->begin_stop();
  core_.output.stop(until);
  if (core_.file) core_.file->stop(until);
}

bool Logger::open_file() {
  if (core_.options.file_path.empty()) return true;
  const int file = open_log_file(core_.options.file_path);
  if (file < 0) return false;
  if (core_.options.own_file_only && same_file(file, core_.options.output)) {
    ::close(file);
    return true;
  }
  core_.file = std::make_unique<LogSink>(file, true, 1, core_.losses, report_of(core_.options),
                                         file_options(core_.options));
  return true;
}

bool Logger::has_file() const { return core_.file != nullptr; }

bool Logger::reopen_file() {
  if (!core_.file) return false;
  const int file = open_log_file(core_.options.file_path);
  if (file < 0) {
    error("Log file cannot be reopened: the one before stays in use", {{"reason", std::strerror(errno)}});
    return false;
  }
  core_.file->take_descriptor(file);
  return true;
}

void Logger::flush() {
  const auto until = std::chrono::steady_clock::now() + core_.options.last_words;
  core_.output.flush(until);
  if (core_.file) core_.file->flush(until);
}

void Logger::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!enabled(level)) return;
  if (level >= LogLevel::error && is_repeat(level, message, fields)) return;
  core_.add(level, line_of(format_, core_.clock.now_ms(), level, name_, message, text_of(format_, fields)));
}

bool Logger::is_repeat(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  RepeatFilter::Line line{level, name_, std::string(message), {}, text_of(format_, fields)};
  for (const LogField& field : fields) {
    if (field.name != "correlation_id") append_log_field(line.identity, format_, field);
  }
  const auto now = core_.clock.steady();
  for (const RepeatFilter::Summary& summary : core_.repeats.due(now)) core_.write(summary);
  const bool first = core_.repeats.admit(line, now);
  if (core_.repeats.has_errors()) core_.wake_timer();
  return !first;
}

void Logger::write_line(LogLevel level, std::string_view line) {
  if (enabled(level)) core_.add(level, line);
}

void Logger::change_level(std::string_view component, LogLevel level, std::chrono::milliseconds time) {
  core_.levels.change(component, level, core_.clock.steady() + time);
  core_.wake_timer();
}

void Logger::reset_level(std::string_view component) { core_.levels.reset(component); }

LogLevel Logger::level_of(std::string_view component) const { return core_.levels.of(component); }

std::vector<std::string> Logger::components() const { return core_.levels.components(); }

std::vector<std::pair<std::string, LogLosses>> Logger::losses() const {
  std::vector<std::pair<std::string, LogLosses>> all;
  for (std::size_t i = 0; i < core_.losses->size(); ++i)
    all.emplace_back(core_.losses->name_of(i), core_.losses->of(i));
  return all;
}

void Logger::do_due_work() {
  const auto now = core_.clock.steady();
  for (const std::string& component : core_.levels.expire(now)) {
    core_.program.info("Log level is as configured again",
                       {{"component", component.empty() ? "all" : component},
                        {"level", to_string(core_.levels.of(component))}});
  }
  for (const RepeatFilter::Summary& summary : core_.repeats.due(now)) core_.write(summary);
}

}  // namespace papi
