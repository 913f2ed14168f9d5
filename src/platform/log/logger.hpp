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
  std::string file_path;  // empty: standard output only
};

/// One logger for the program. Every member is safe from every thread. Lines are gathered and written by a
/// background thread, at the latest after 50 ms and for warnings and worse at once; no caller waits for the
/// disk.
class Logger {
 public:
  Logger(const LogOptions& options, const Clock& clock);
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  /// Opens the log file. False where it cannot be opened.
  bool open_file();
  /// For log rotation: closes the file and opens its path anew.
  void reopen_file();
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
  class Sink;
  LogOptions options_;
  const Clock& clock_;
  std::unique_ptr<Sink> sink_;
};

std::string_view to_string(LogLevel level);

/// Appends `"name":value` pairs (JSON) or `name=value` pairs (text; quoted and escaped where needed).
void append_log_field(std::string& out, LogFormat format, const LogField& field);

}  // namespace papi
