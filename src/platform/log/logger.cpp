#include "platform/log/logger.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

#include "platform/base/json_writer.hpp"

namespace papi {

/// Standard output and, where asked, a file. See docs/decisions/0002-own-log-sink.md for why not spdlog's.
class Logger::Sink {
 public:
  explicit Sink(std::string path) : path_(std::move(path)), writer_([this] { run(); }) {}
  ~Sink() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    writer_.join();
    flush();
    if (file_ >= 0) ::close(file_);
  }

  bool open() {
    std::lock_guard lock(output_mutex_);
    if (path_.empty()) return true;
    const int fresh = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (fresh < 0) return false;
    if (file_ >= 0) ::close(file_);
    file_ = fresh;
    return true;
  }

  void add(std::string_view line, bool urgent) {
    bool full = false;
    {
      std::lock_guard lock(mutex_);
      if (pending_.size() > max_pending) {
        ++dropped_;  // the disk is stuck: losing log lines is better than losing the service
        return;
      }
      full = pending_.size() < wake_at && pending_.size() + line.size() >= wake_at;
      pending_ += line;
      urgent_ = urgent_ || urgent;
    }
    if (full || urgent) wake_.notify_one();
  }

  void flush() {
    std::lock_guard output_lock(output_mutex_);
    {
      std::lock_guard lock(mutex_);
      std::swap(pending_, writing_);
      if (dropped_ > 0) {
        writing_ +=
            fmt::format("{{\"level\":\"ERROR\",\"message\":\"Log lines dropped\",\"count\":{}}}\n", dropped_);
        dropped_ = 0;
      }
    }
    if (writing_.empty()) return;
    write_all(STDOUT_FILENO);
    if (file_ >= 0) write_all(file_);
    writing_.clear();
  }

 private:
  static constexpr std::size_t wake_at = 64 * 1024;
  static constexpr std::size_t max_pending = 16 * 1024 * 1024;

  void write_all(int fd) {
    std::string_view rest = writing_;
    while (!rest.empty()) {
      const ssize_t n = ::write(fd, rest.data(), rest.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return;
      rest.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      wake_.wait_for(lock, std::chrono::milliseconds(50),
                     [this] { return stopping_ || urgent_ || pending_.size() >= wake_at; });
      urgent_ = false;
      if (pending_.empty()) continue;
      lock.unlock();
      flush();
      lock.lock();
    }
  }

  const std::string path_;
  std::mutex mutex_;  // guards pending_, dropped_, stopping_, urgent_
  std::condition_variable wake_;
  std::string pending_;
  std::uint64_t dropped_ = 0;
  bool stopping_ = false;
  bool urgent_ = false;
  std::mutex output_mutex_;  // guards writing_ and file_; taken before mutex_
  std::string writing_;
  int file_ = -1;
  std::thread writer_;
};

std::string_view to_string(LogLevel level) {
  constexpr std::string_view names[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};
  return names[static_cast<int>(level)];
}

void append_log_field(std::string& out, LogFormat format, const LogField& field) {
  if (format == LogFormat::json) {
    out += ",\"", out += field.name, out += "\":";
  } else {
    out += ' ', out += field.name, out += '=';
  }
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    const bool plain = format == LogFormat::text && !text->empty() &&
                       text->find_first_of(" =\"\\\n\r\t") == std::string_view::npos &&
                       std::all_of(text->begin(), text->end(), [](char c) { return c > 0x20 && c < 0x7F; });
    plain ? void(out += *text) : append_log_string(out, *text);
  } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    append_number(out, *number);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    fmt::format_to(std::back_inserter(out), "{:.3f}", *real);
  } else {
    out += std::get<bool>(field.value) ? "true" : "false";
  }
}

Logger::Logger(const LogOptions& options, const Clock& clock)
    : options_(options), clock_(clock), sink_(std::make_unique<Sink>(options.file_path)) {}
Logger::~Logger() = default;

bool Logger::open_file() { return sink_->open(); }
void Logger::reopen_file() {
  sink_->flush();
  if (!sink_->open()) error("Log file cannot be reopened");
}
void Logger::flush() { sink_->flush(); }

void Logger::write(LogLevel level, std::string_view logger, std::string_view message,
                   std::initializer_list<LogField> fields) {
  if (!enabled(level)) return;
  std::string line;
  line.reserve(256);
  if (options_.format == LogFormat::json) {
    line += "{\"timestamp\":\"";
    append_rfc3339(line, clock_.now_ms());
    line += "\",\"level\":\"", line += to_string(level), line += "\",\"logger\":\"", line += logger;
    line += "\",\"message\":";
    append_log_string(line, message);
  } else {
    append_log_time(line, clock_.now_ms());
    line += ' ', line += to_string(level), line += ' ', line += logger, line += ": ",
        line += visible(message);
  }
  for (const LogField& field : fields) append_log_field(line, options_.format, field);
  line += options_.format == LogFormat::json ? "}\n" : "\n";
  write_line(level, line);
}

void Logger::write_line(LogLevel level, std::string_view line) {
  if (!enabled(level)) return;
  sink_->add(line, level >= LogLevel::warning);
}

}  // namespace papi
