#pragma once

// The application log. A line is an event with fields: the message is fixed text that an operator can search
// for, and everything that varies is a field.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "platform/base/clock.hpp"
#include "platform/log/log_sink.hpp"

namespace papi {

enum class LogLevel { debug, info, warning, error, critical };
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
};

/// The application log of the program. Any thread may call every member. Standard output and the file have
/// one LogSink each, with its own bounded queue and thread. A line is written within 50 ms; a warning or
/// worse is written at once. No caller waits for a descriptor, and no sink waits for the other. Each sink
/// that can write reports what both have lost, at most once a minute and when it stops.
class Logger {
 public:
  Logger(const LogOptions& options, const Clock& clock);
  /// Writes what is queued, for at most `last_words`.
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  /// Opens the log file. Call it before other threads log. Returns false if the file cannot be opened.
  bool open_file();
  /// Opens the path of the log file again, after log rotation. If that fails, it logs the reason, keeps the
  /// old file and returns false. Returns false also if there is no log file.
  bool reopen_file();
  /// Waits until all lines before this call are written, for at most `last_words`.
  void flush();

  bool enabled(LogLevel level) const { return level >= options_.level; }
  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields);
  /// Writes a finished line, with its newline. For the access log, which formats its own lines.
  void write_line(LogLevel level, std::string_view line);
  LogFormat format() const { return options_.format; }
  const std::string& name() const { return options_.name; }
  /// Returns how many lines were dropped since the start, of all sinks together.
  std::uint64_t dropped_lines() const;

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

 private:
  const LogOptions options_;
  const Clock& clock_;
  const std::shared_ptr<LogLossTable> losses_;
  LogSink output_;
  std::unique_ptr<LogSink> file_;
};

std::string_view to_string(LogLevel level);

/// Appends `,"name":value` (JSON) or ` name=value` (text; quoted and escaped where needed).
void append_log_field(std::string& out, LogFormat format, const LogField& field);

}  // namespace papi
