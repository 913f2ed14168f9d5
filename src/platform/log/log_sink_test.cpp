#include "platform/log/log_sink.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>
#include <utility>

#include "platform/log/logger.hpp"
#include "tests/eventually.hpp"

namespace papi {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t small_pipe = 4096;

struct Pipe {
  Pipe() {
    ::signal(SIGPIPE, SIG_IGN);  // as the program does
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    EXPECT_GE(::fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(small_pipe)), 0);
  }
  /// The write end stays open: a thread that was left behind still writes to its number.
  ~Pipe() { close_reader(); }
  void close_writer() {
    if (ends[1] >= 0) ::close(std::exchange(ends[1], -1));
  }
  void close_reader() {
    if (ends[0] >= 0) ::close(std::exchange(ends[0], -1));
  }
  /// Reads until a line holds `wanted`. Returns everything that was read.
  std::string read_until(std::string_view wanted) {
    std::string text;
    char bytes[1024];
    while (text.find(wanted) == std::string::npos || text.back() != '\n') {
      const ssize_t n = ::read(ends[0], bytes, sizeof bytes);
      if (n <= 0) break;
      text.append(bytes, static_cast<std::size_t>(n));
    }
    return text;
  }
  int ends[2] = {-1, -1};
};

struct Folder {
  Folder() {
    char name[] = "/tmp/log-sink-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string text(const std::string& name) const {
    std::ostringstream out;
    out << std::ifstream(path + "/" + name).rdbuf();
    return out.str();
  }
  std::string path;
};

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

LogOptions options_for(const Pipe& pipe, const std::string& file) {
  LogOptions options;
  options.format = LogFormat::json;
  options.output = pipe.ends[1];
  options.file_path = file;
  options.sink.queue_bytes = 64 * 1024;
  options.last_words = 200ms;
  return options;
}

std::string numbered(std::size_t i) { return "line " + std::to_string(i) + std::string(100, '.') + "\n"; }

TEST(LogSink, a_pipe_that_nobody_reads_stalls_neither_the_file_nor_the_end) {
  constexpr std::size_t lines = 20'000;
  Pipe pipe;
  Folder folder;
  const SystemClock clock;
  LogOptions options = options_for(pipe, folder.path + "/log");
  options.sink.queue_bytes = 8 * 1024 * 1024;
  options.last_words = 2s;
  const auto began = std::chrono::steady_clock::now();
  {
    Logger log(options, clock);
    ASSERT_TRUE(log.open_file());
    for (std::size_t i = 0; i < lines; ++i) log.write_line(LogLevel::info, numbered(i));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
  const std::string text = folder.text("log");
  EXPECT_EQ(count(text, "line "), lines);
  EXPECT_NE(text.find("line 19999."), std::string::npos);
}

TEST(LogSink, what_a_full_queue_drops_is_counted_and_told_by_the_other_sink) {
  Pipe pipe;
  Folder folder;
  const SystemClock clock;
  LogOptions options = options_for(pipe, folder.path + "/log");
  options.last_words = 50ms;
  {
    Logger log(options, clock);
    ASSERT_TRUE(log.open_file());
    // Adds lines slowly enough for the file, whose queue is just as small. Nobody reads the pipe.
    for (std::size_t i = 0; i < 2'000; ++i) {
      log.write_line(LogLevel::warning, numbered(i));
      if (i % 100 != 99) continue;
      EXPECT_TRUE(test::eventually([&] { return count(folder.text("log"), "line ") > i; })) << "line " << i;
    }
    EXPECT_TRUE(test::eventually([&] { return count(folder.text("log"), "Log lines dropped") > 0; }));
  }
  const std::string text = folder.text("log");
  EXPECT_EQ(count(text, "line "), 2'000U);
  EXPECT_GE(count(text, R"("message":"Log lines dropped","sink":"stdout","lines":)"), 1U);
  EXPECT_LE(count(text, "Log lines dropped"), 2U) << "at once, and at the end";
}

TEST(LogSink, a_reader_that_comes_back_is_told_how_many_lines_it_missed) {
  Pipe pipe;
  auto losses = std::make_shared<LogLossTable>(std::vector<std::string>{"stdout"});
  LogSink::Options options;
  options.queue_bytes = 64 * 1024;
  LogSink sink(
      pipe.ends[1], false, 0, losses,
      [](std::string_view name, const LogLosses& lost) {
        return std::string(name) + " lost " + std::to_string(lost.lines) + "\n";
      },
      options);
  constexpr std::size_t sent = 5'000;
  for (std::size_t i = 0; i < sent; ++i) sink.add(numbered(i), false);
  const std::uint64_t lost = losses->of(0).lines;
  EXPECT_GT(lost, 1'000U);
  const std::string report = "stdout lost " + std::to_string(lost) + "\n";
  std::string text = pipe.read_until(report);
  EXPECT_NE(text.find(report), std::string::npos);
  sink.begin_stop();
  std::thread stopping([&] {
    sink.stop(std::chrono::steady_clock::now() + 30s);
    pipe.close_writer();
  });
  text += pipe.read_until("everything");  // to the end
  stopping.join();
  EXPECT_EQ(count(text, "line "), sent - lost);
}

TEST(LogSink, a_full_disk_is_counted_and_told_once_in_an_interval) {
  Pipe pipe;
  const SystemClock clock;
  const LogOptions options = options_for(pipe, "/dev/full");
  Logger log(options, clock);
  ASSERT_TRUE(log.open_file());
  std::string text;
  for (int i = 0; i < 3; ++i) {
    log.write_line(LogLevel::warning, "a line\n");
    log.flush();
  }
  log.write_line(LogLevel::warning, "the last line\n");
  text = pipe.read_until("the last line");
  EXPECT_EQ(count(text, "a line"), 3U);
  EXPECT_EQ(count(text, "Log lines dropped"), 1U) << text;
  EXPECT_NE(text.find(R"("sink":"file","lines":)"), std::string::npos);
  EXPECT_NE(text.find(R"("reason":"No space left on device")"), std::string::npos);
}

TEST(LogSink, each_interval_tells_what_was_lost_in_it) {
  Pipe pipe;
  const SystemClock clock;
  LogOptions options = options_for(pipe, "/dev/full");
  options.sink.report_interval = 0ms;
  Logger log(options, clock);
  ASSERT_TRUE(log.open_file());
  std::string text;
  for (int i = 0; i < 2; ++i) {
    log.write_line(LogLevel::warning, "a line\n");
    text = pipe.read_until("Log lines dropped");
    EXPECT_EQ(count(text, R"("lines":1,"write_errors":)"), 1U) << text;
  }
}

TEST(LogSink, a_reader_that_has_gone_is_an_error_and_no_end) {
  Pipe pipe;
  Folder folder;
  const SystemClock clock;
  pipe.close_reader();
  {
    Logger log(options_for(pipe, folder.path + "/log"), clock);
    ASSERT_TRUE(log.open_file());
    log.write_line(LogLevel::warning, "a line\n");
    log.flush();
  }
  const std::string text = folder.text("log");
  EXPECT_EQ(count(text, "a line\n"), 1U);
  EXPECT_NE(text.find(R"("sink":"stdout","lines":1,"write_errors":1,"reason":"Broken pipe")"),
            std::string::npos)
      << text;
}

TEST(LogSink, lines_of_before_a_rotation_stand_in_the_old_file) {
  Pipe pipe;
  Folder folder;
  const SystemClock clock;
  {
    Logger log(options_for(pipe, folder.path + "/log"), clock);
    ASSERT_TRUE(log.open_file());
    log.write_line(LogLevel::info, "before\n");
    std::filesystem::rename(folder.path + "/log", folder.path + "/log.1");
    EXPECT_TRUE(log.reopen_file());
    log.write_line(LogLevel::info, "after\n");
  }
  EXPECT_EQ(folder.text("log.1"), "before\n");
  EXPECT_EQ(folder.text("log"), "after\n");
}

TEST(LogSink, a_fifo_without_a_reader_cannot_be_opened_and_nobody_waits) {
  Pipe pipe;
  Folder folder;
  const SystemClock clock;
  ASSERT_EQ(::mkfifo((folder.path + "/log").c_str(), 0600), 0);
  Logger log(options_for(pipe, folder.path + "/log"), clock);
  EXPECT_FALSE(log.open_file());
}

TEST(LogSink, last_words_to_a_full_pipe_end_in_time) {
  Pipe pipe;
  const auto began = std::chrono::steady_clock::now();
  write_within(pipe.ends[1], std::string(10 * small_pipe, 'x'), 50ms);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  Pipe empty;
  write_within(empty.ends[1], "why\n", 50ms);
  EXPECT_EQ(empty.read_until("why"), "why\n");
}

}  // namespace
}  // namespace papi
