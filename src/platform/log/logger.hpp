#pragma once

// The application log. A line is an event with fields: the message is fixed text that an operator can search
// for, and everything that varies is a field.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/log/log_level.hpp"
#include "platform/log/log_levels.hpp"
#include "platform/log/log_sink.hpp"

namespace papi {

enum class LogFormat { text, json };

/// One field of a line. It holds views: the texts must live until the line is written.
struct LogField {
  using Value = std::variant<std::string_view, std::int64_t, double, bool>;

  LogField(std::string_view key, std::string_view text) : name(key), value(text) {}
  LogField(std::string_view key, const std::string& text) : name(key), value(std::string_view(text)) {}
  LogField(std::string_view key, const char* text) : name(key), value(std::string_view(text)) {}
  LogField(std::string_view key, bool flag) : name(key), value(flag) {}
  LogField(std::string_view key, double number) : name(key), value(number) {}
  template <std::integral Number>
  LogField(std::string_view key, Number number) : name(key), value(static_cast<std::int64_t>(number)) {}

  std::string_view name;
  Value value;
};

struct LogOptions {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
  std::string file_path;                        // empty: standard output only
  int output = 1;                               // a descriptor that stays open: standard output
  LogSink::Options sink = {};                   // of each sink
  std::chrono::milliseconds last_words{1'000};  // how long the destructor or flush() waits for the sinks
  std::string name = "service";                 // of the program, in each line
  LogLevels::Configured component_levels = {};  // of components that have a level of their own
  bool output_is_journal = false;               // standard output goes to journald: see is_journal_stream()
  bool own_file_only = false;                   // no log file if standard output is the same file
  LogRotation::Options rotation = {};           // of the log file; `path`, `now` and `failed` are set here
  std::chrono::milliseconds repeat_interval{60'000};  // see RepeatFilter; 0: every error is written
};

/// The application log of the program, or of one component of it. Any thread may call every member. Standard
/// output and the file have one LogSink each, with its own bounded queue and thread. A line is written within
/// 50 ms; a warning or worse is written at once. No caller waits for a descriptor, and no sink waits for the
/// other. Each sink that can write reports what both have lost, at most once a minute and when it stops.
///
/// An error that comes again within a minute is counted and not written; then one line has the newest fields
/// and the number, `repeated`. Errors that differ only in `correlation_id` are the same.
class Logger {
 public:
  Logger(const LogOptions& options, const Clock& clock);
  /// The log of a component of `parent`, which must live longer: the same sinks with a name and a level of
  /// its own. See LogLevels.
  Logger(Logger& parent, std::string_view component);
  /// Writes what is queued, for at most `last_words`.
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  /// Opens the log file. Call it before other threads log. Returns false if the file cannot be opened; errno
  /// says why.
  bool open_file();
  bool has_file() const;
  /// Opens the path of the log file again, after log rotation. If that fails, it logs the reason, keeps the
  /// old file and returns false. Returns false also if there is no log file.
  bool reopen_file();
  /// Waits until all lines before this call are written, for at most `last_words`.
  void flush();

  bool enabled(LogLevel level) const { return level >= gate_.load(std::memory_order_relaxed); }
  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields);
  /// Writes a finished line, with its newline. For the access log, which formats its own lines.
  void write_line(LogLevel level, std::string_view line);
  LogFormat format() const { return format_; }
  const std::string& name() const { return name_; }

  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::debug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::info, message, fields);
  }
  void warning(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::warning, message, fields);
  }
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::error, message, fields);
  }

  /// Changes the level of a component of the program for a time; the empty name means the program itself.
  /// The application log tells when the time is over.
  void change_level(std::string_view component, LogLevel level, std::chrono::milliseconds time);
  /// Ends such a change before its time.
  void reset_level(std::string_view component);
  LogLevel level_of(std::string_view component) const;
  /// Returns the names of all components that log, sorted.
  std::vector<std::string> components() const;

  /// Returns what each sink has lost since the start: `stdout`, and `file`.
  std::vector<std::pair<std::string, LogLosses>> losses() const;

  /// Ends changes of levels whose time is over, and writes the numbers of repeated errors that are due. A
  /// thread of the logger calls it each second while there is something to wait for; tests call it too.
  void do_due_work();

 private:
  struct Core;
  bool is_repeat(LogLevel level, std::string_view message, std::initializer_list<LogField> fields);

  const std::unique_ptr<Core> owned_;  // nullptr: that of the parent is used
  Core& core_;
  const std::string name_;
  const std::string component_;
  const LogFormat format_;
  LogLevels::Gate gate_{LogLevel::info};
};

/// Appends `,"name":value` (JSON) or ` name=value` (text; quoted and escaped where needed).
void append_log_field(std::string& out, LogFormat format, const LogField& field);

/// Appends what every line begins with, up to its message: times, level and logger.
void append_log_head(std::string& out, LogFormat format, UnixMs now, LogLevel level, std::string_view logger);

}  // namespace papi
