#include "platform/log/logger.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "platform/base/enum_count.hpp"
#include "platform/base/json_writer.hpp"

namespace papi {
namespace {

std::string line_of(LogFormat format, UnixMs now, LogLevel level, std::string_view logger,
                    std::string_view message, std::span<const LogField> fields) {
  std::string line;
  line.reserve(256);
  if (format == LogFormat::json) {
    line += "{\"timestamp\":\"";
    append_rfc3339(line, now);
    line += "\",\"level\":\"";
    line += to_string(level);
    line += "\",\"logger\":\"";
    line += logger;
    line += "\",\"message\":";
    append_log_string(line, message);
  } else {
    append_log_time(line, now);
    line += ' ';
    line += to_string(level);
    line += ' ';
    line += logger;
    line += ": ";
    line += visible(message);
  }
  for (const LogField& field : fields) append_log_field(line, format, field);
  line += format == LogFormat::json ? "}\n" : "\n";
  return line;
}

LogSink::Report report_of(const LogOptions& options) {
  return [format = options.format, name = options.name](std::string_view sink, const LogLosses& losses) {
    std::string_view reason = losses.reason;
    if (reason.empty()) reason = "its queue is full";
    const LogField fields[] = {
        {"sink", sink}, {"lines", losses.lines}, {"write_errors", losses.write_errors}, {"reason", reason}};
    return line_of(format, SystemClock().now_ms(), LogLevel::error, name, "Log lines dropped", fields);
  };
}

/// Opens without waiting for the reader of a FIFO, then removes O_NONBLOCK, which has no meaning for files.
/// Returns -1 if that fails; errno says why.
int open_log(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0640);
  if (file >= 0) ::fcntl(file, F_SETFL, O_APPEND);
  return file;
}

}  // namespace

std::string_view to_string(LogLevel level) {
  constexpr std::string_view names[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};
  static_assert(std::size(names) == enum_count<LogLevel>());
  return names[static_cast<int>(level)];
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
    : options_(options),
      clock_(clock),
      losses_(std::make_shared<LogLossTable>(std::vector<std::string>{"stdout", "file"})),
      output_(options.output, false, 0, losses_, report_of(options), options.sink) {}

Logger::~Logger() {
  const auto until = std::chrono::steady_clock::now() + options_.last_words;
  output_.begin_stop();
  if (file_) file_->begin_stop();
  output_.stop(until);
  if (file_) file_->stop(until);
}

bool Logger::open_file() {
  if (options_.file_path.empty()) return true;
  const int file = open_log(options_.file_path);
  if (file < 0) return false;
  file_ = std::make_unique<LogSink>(file, true, 1, losses_, report_of(options_), options_.sink);
  return true;
}

bool Logger::reopen_file() {
  if (!file_) return false;
  const int file = open_log(options_.file_path);
  if (file < 0) {
    error("Log file cannot be reopened: the one before stays in use", {{"reason", std::strerror(errno)}});
    return false;
  }
  file_->take_descriptor(file);
  return true;
}

std::uint64_t Logger::dropped_lines() const {
  std::uint64_t lines = 0;
  for (std::size_t sink = 0; sink < losses_->size(); ++sink) lines += losses_->of(sink).lines;
  return lines;
}

void Logger::flush() {
  const auto until = std::chrono::steady_clock::now() + options_.last_words;
  output_.flush(until);
  if (file_) file_->flush(until);
}

void Logger::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!enabled(level)) return;
  write_line(level, line_of(options_.format, clock_.now_ms(), level, options_.name, message,
                            std::span(fields.begin(), fields.size())));
}

void Logger::write_line(LogLevel level, std::string_view line) {
  if (!enabled(level)) return;
  const bool urgent = level >= LogLevel::warning;
  output_.add(line, urgent);
  if (file_) file_->add(line, urgent);
}

}  // namespace papi
