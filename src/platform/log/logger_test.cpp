#include "platform/log/logger.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace papi {
namespace {

/// A logger that writes `output` and `log` into a folder of its own. Time stands still.
struct LoggerTest : testing::Test {
  LoggerTest() {
    char name[] = "/tmp/logger-XXXXXX";
    folder = ::mkdtemp(name);
    options.output = ::open((folder + "/output").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    options.file_path = folder + "/log";
    options.name = "shop";
    options.last_words = std::chrono::seconds(30);
  }
  ~LoggerTest() override {
    log.reset();
    ::close(options.output);
    std::filesystem::remove_all(folder);
  }
  Logger& start() {
    log.emplace(options, clock);
    return *log;
  }
  /// What the logger has written to standard output, or to the named file.
  std::string text(const std::string& name = "output") const {
    std::ostringstream out;
    out << std::ifstream(folder + "/" + name).rdbuf();
    return out.str();
  }
  std::string written(const std::string& name = "output") {
    log->flush();
    return text(name);
  }
  /// The line of one field behind the message, without what every line has.
  std::string line_with(LogFormat format, const LogField& field) {
    std::string line;
    append_log_field(line, format, field);
    return line;
  }

  std::string folder;
  ManualClock clock;
  LogOptions options;
  std::optional<Logger> log;
};

constexpr const char* logged_at = "2023-11-14 22:13:20.000 ";

TEST_F(LoggerTest, writes_its_level_and_what_is_above_it) {
  options.level = LogLevel::warning;
  Logger& logger = start();
  EXPECT_FALSE(logger.enabled(LogLevel::info));
  EXPECT_TRUE(logger.enabled(LogLevel::warning));
  logger.debug("d");
  logger.info("i");
  logger.warning("w");
  logger.error("e");
  logger.write(LogLevel::critical, "c", {});
  logger.write_line(LogLevel::info, "a line of the access log\n");
  logger.write_line(LogLevel::error, "a finished line\n");
  EXPECT_EQ(written(), std::string(logged_at) + "WARNING shop: w\n" + logged_at + "ERROR shop: e\n" +
                           logged_at + "CRITICAL shop: c\na finished line\n");
}

TEST_F(LoggerTest, the_lowest_level_writes_all) {
  options.level = LogLevel::debug;
  start().debug("looked");
  EXPECT_EQ(written(), std::string(logged_at) + "DEBUG shop: looked\n");
}

TEST_F(LoggerTest, a_field_has_the_form_of_its_type) {
  const struct {
    LogField field;
    const char* text;
    const char* json;
  } rows[] = {
      {{"n", -7}, " n=-7", R"(,"n":-7)"},
      {{"n", std::int64_t{1} << 53}, " n=9007199254740992", R"(,"n":9007199254740992)"},
      {{"ms", 1.23456}, " ms=1.235", R"(,"ms":1.235)"},
      {{"on", true}, " on=true", R"(,"on":true)"},
      {{"on", false}, " on=false", R"(,"on":false)"},
      {{"ip", "192.0.2.1"}, " ip=192.0.2.1", R"(,"ip":"192.0.2.1")"},
      {{"who", ""}, R"( who="")", R"(,"who":"")"},
      {{"who", "a b"}, R"( who="a b")", R"(,"who":"a b")"},
      {{"who", "a=b"}, R"( who="a=b")", R"(,"who":"a=b")"},
      {{"who", "a\"b"}, R"( who="a\"b")", R"(,"who":"a\"b")"},
      {{"who", "a\\b"}, R"( who="a\\b")", R"(,"who":"a\\b")"},
      {{"who", "a\nb"}, R"( who="a\nb")", R"(,"who":"a\nb")"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(line_with(LogFormat::text, row.field), row.text);
    EXPECT_EQ(line_with(LogFormat::json, row.field), row.json);
  }
}

TEST_F(LoggerTest, no_field_can_begin_a_line_of_its_own) {
  for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
    options.format = format;
    const std::string before = text();
    start().info("Refused", {{"who", "x\r\n2023-11-14 22:13:20.000 INFO shop: forged"}});
    const std::string line = written().substr(before.size());
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
    EXPECT_EQ(line.find('\r'), std::string::npos);
    EXPECT_EQ(line.back(), '\n');
  }
}

TEST_F(LoggerTest, each_line_is_in_the_output_and_in_the_file_when_flush_returns) {
  Logger& logger = start();
  ASSERT_TRUE(logger.open_file());
  std::string expected;
  for (int i = 0; i < 1'000; ++i) {
    logger.info("line", {{"i", i}});  // none of them is urgent
    expected += std::string(logged_at) + "INFO shop: line i=" + std::to_string(i) + "\n";
  }
  logger.flush();
  EXPECT_EQ(text(), expected);
  EXPECT_EQ(text("log"), expected);
}

TEST_F(LoggerTest, the_destructor_writes_what_is_queued) {
  ASSERT_TRUE(start().open_file());
  for (int i = 0; i < 1'000; ++i) log->info("line");
  log.reset();
  const std::string lines = text("log");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 1'000);
  EXPECT_EQ(text(), lines);
}

TEST_F(LoggerTest, a_log_file_is_continued_and_only_its_owner_may_write_it) {
  std::ofstream(options.file_path) << "before\n";
  ASSERT_TRUE(start().open_file());
  log->info("after");
  EXPECT_EQ(written("log"), "before\n" + std::string(logged_at) + "INFO shop: after\n");
  log.reset();
  std::filesystem::remove(options.file_path);
  const auto mask = ::umask(0);
  EXPECT_TRUE(start().open_file());
  ::umask(mask);
  struct stat file {};
  ASSERT_EQ(::stat(options.file_path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0640u);
}

TEST_F(LoggerTest, a_file_that_cannot_be_opened_is_told_and_the_output_goes_on) {
  options.file_path = folder + "/missing/log";
  Logger& logger = start();
  EXPECT_FALSE(logger.open_file());
  logger.info("goes on");
  EXPECT_EQ(written(), std::string(logged_at) + "INFO shop: goes on\n");
}

TEST_F(LoggerTest, without_a_path_there_is_no_file_to_reopen) {
  options.file_path = "";
  Logger& logger = start();
  EXPECT_TRUE(logger.open_file());
  EXPECT_FALSE(logger.reopen_file());
  EXPECT_EQ(written(), "");
}

TEST_F(LoggerTest, a_rotation_that_fails_keeps_the_old_file_and_says_why) {
  Logger& logger = start();
  ASSERT_TRUE(logger.open_file());
  std::filesystem::rename(folder + "/log", folder + "/log.1");
  std::filesystem::create_directory(folder + "/log");  // stands in the way
  EXPECT_FALSE(logger.reopen_file());
  logger.info("goes on");
  const std::string expected =
      std::string(logged_at) +
      "ERROR shop: Log file cannot be reopened: the one before stays in use reason=\"Is a directory\"\n" +
      logged_at + "INFO shop: goes on\n";
  EXPECT_EQ(written("log.1"), expected);
  EXPECT_EQ(text(), expected);
}

}  // namespace
}  // namespace papi
