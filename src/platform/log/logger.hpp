#pragma once

// Logs are events with fields: the message is fixed text that an operator can grep for, what varies is a
// field.

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
  LogSink::Options sink = {};                   // of each
  std::chrono::milliseconds last_words{1'000};  // how long the end, or a flush, waits for the sinks
};

/// One logger for the program. Every member is safe from every thread. Standard output and the file have a
/// bounded queue and a thread each (see LogSink), which writes lines at the latest after 50 ms, and warnings
/// and worse at once. No caller waits for a descriptor, and neither sink waits for the other. What a sink has
/// lost is told once a minute, by all sinks that can.
class Logger {
 public:
  Logger(const LogOptions& options, const Clock& clock);
  /// Writes what is queued, for at most `last_words`.
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  /// Opens the log file, before other threads log. False where it cannot be opened.
  bool open_file();
  /// For log rotation: opens the file's path anew. If that fails, the log says so and the old file stays.
  /// False also if there is no log file.
  bool reopen_file();
  /// Waits until what was logged before is written, for at most `last_words`.
  void flush();

  bool enabled(LogLevel level) const { return level >= options_.level; }
  void write(LogLevel level, std::string_view logger, std::string_view message,
             std::initializer_list<LogField> fields);
  /// Hands over a finished line (with its newline), for the access log's own formatting.
  void write_line(LogLevel level, std::string_view line);
  LogFormat format() const { return options_.format; }

  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::debug, "profile_api", message, fields);
  }
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::info, "profile_api", message, fields);
  }
  void warning(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::warning, "profile_api", message, fields);
  }
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::error, "profile_api", message, fields);
  }

 private:
  const LogOptions options_;
  const Clock& clock_;
  const std::shared_ptr<LogLossTable> losses_;
  LogSink output_;
  std::unique_ptr<LogSink> file_;
};

std::string_view to_string(LogLevel level);

/// Appends `"name":value` pairs (JSON) or `name=value` pairs (text; quoted and escaped where needed).
void append_log_field(std::string& out, LogFormat format, const LogField& field);

}  // namespace papi
