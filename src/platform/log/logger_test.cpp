#include "platform/log/logger.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include "tests/eventually.hpp"
#include "tests/local_zone.hpp"

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

  const test::LocalZone zone{"UTC"};
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

TEST_F(LoggerTest, a_line_has_the_local_time_and_json_the_utc_time_too) {
  const test::LocalZone kolkata("IST-5:30");
  clock.advance(std::chrono::milliseconds(1'123));
  for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
    options.format = format;
    start();
    std::thread([this] { log->info("Ready", {{"port", 80}}); }).join();
    log->flush();
  }
  EXPECT_EQ(text(),
            "2023-11-15 03:43:21.123 INFO shop: Ready port=80\n"
            "{\"timestamp\":\"2023-11-14T22:13:21.123Z\",\"time\":\"2023-11-15 03:43:21\",\"level\":\"INFO\","
            "\"logger\":\"shop\",\"message\":\"Ready\",\"port\":80}\n");
}

TEST_F(LoggerTest, a_component_has_its_name_and_its_level) {
  options.component_levels = {{"page", LogLevel::error}};
  Logger& logger = start();
  {
    Logger page(logger, "page"), cart(logger, "cart"), access(page, "access");
    EXPECT_EQ(logger.components(), (std::vector<std::string>{"cart", "page", "page.access"}));
    EXPECT_FALSE(page.enabled(LogLevel::warning));
    page.warning("hidden");
    page.error("shown");
    access.warning("hidden");
    access.error("shown");
    cart.info("shown");
    cart.debug("hidden");
  }
  EXPECT_TRUE(logger.components().empty());
  EXPECT_EQ(written(), std::string(logged_at) + "ERROR shop.page: shown\n" + logged_at +
                           "ERROR shop.page.access: shown\n" + logged_at + "INFO shop.cart: shown\n");
}

TEST_F(LoggerTest, a_level_is_changed_for_a_time_and_the_end_is_told) {
  Logger& logger = start();
  Logger cart(logger, "cart");
  logger.change_level("cart", LogLevel::debug, std::chrono::seconds(60));
  EXPECT_EQ(logger.level_of("cart"), LogLevel::debug);
  EXPECT_TRUE(cart.enabled(LogLevel::debug));
  EXPECT_FALSE(logger.enabled(LogLevel::debug));
  logger.change_level("", LogLevel::critical, std::chrono::seconds(30));
  EXPECT_TRUE(cart.enabled(LogLevel::debug));
  EXPECT_FALSE(logger.enabled(LogLevel::error));
  clock.advance(std::chrono::seconds(30));
  logger.do_due_work();
  EXPECT_TRUE(logger.enabled(LogLevel::info));
  EXPECT_TRUE(cart.enabled(LogLevel::debug));
  clock.advance(std::chrono::seconds(30));
  logger.do_due_work();
  EXPECT_FALSE(cart.enabled(LogLevel::debug));
  EXPECT_EQ(
      written(),
      "2023-11-14 22:13:50.000 INFO shop: Log level is as configured again component=all level=INFO\n"
      "2023-11-14 22:14:20.000 INFO shop: Log level is as configured again component=cart level=INFO\n");
  logger.change_level("cart", LogLevel::debug, std::chrono::seconds(60));
  logger.reset_level("cart");
  EXPECT_FALSE(cart.enabled(LogLevel::debug));
}

TEST_F(LoggerTest, a_level_comes_back_without_being_asked) {
  Logger& logger = start();
  logger.change_level("", LogLevel::debug, std::chrono::seconds(1));
  clock.advance(std::chrono::seconds(1));
  EXPECT_TRUE(test::eventually([&] { return !logger.enabled(LogLevel::debug); }));
}

TEST_F(LoggerTest, an_error_that_repeats_is_counted_and_told_once_in_its_interval) {
  Logger& logger = start();
  logger.error("Lost", {{"reason", "disk"}, {"correlation_id", "c1"}});
  logger.error("Lost", {{"reason", "disk"}, {"correlation_id", "c2"}});
  logger.error("Lost", {{"reason", "disk"}, {"correlation_id", "c3"}});
  logger.error("Lost", {{"reason", "power"}});
  for (int i = 0; i < 2; ++i) logger.warning("Slow");  // warnings are all written
  clock.advance(std::chrono::seconds(60));
  logger.do_due_work();
  logger.error("Lost", {{"reason", "disk"}, {"correlation_id", "c4"}});
  log.reset();
  const std::string later = "2023-11-14 22:14:20.000 ";
  EXPECT_EQ(text(), std::string(logged_at) + "ERROR shop: Lost reason=disk correlation_id=c1\n" + logged_at +
                        "ERROR shop: Lost reason=power\n" + logged_at + "WARNING shop: Slow\n" + logged_at +
                        "WARNING shop: Slow\n" + later +
                        "ERROR shop: Lost reason=disk correlation_id=c3 repeated=2\n" + later +
                        "ERROR shop: Lost reason=disk correlation_id=c4 repeated=1\n");
}

TEST_F(LoggerTest, a_line_for_the_journal_begins_with_its_priority_and_that_of_the_file_does_not) {
  options.output_is_journal = true;
  options.level = LogLevel::debug;
  Logger& logger = start();
  ASSERT_TRUE(logger.open_file());
  logger.debug("d");
  logger.info("i");
  logger.warning("w");
  logger.error("e");
  logger.write_line(LogLevel::critical, "c\n");
  EXPECT_EQ(written(), "<7>" + std::string(logged_at) + "DEBUG shop: d\n<6>" + logged_at +
                           "INFO shop: i\n<4>" + logged_at + "WARNING shop: w\n<3>" + logged_at +
                           "ERROR shop: e\n<2>c\n");
  EXPECT_EQ(text("log").substr(0, 4), "2023");
}

TEST_F(LoggerTest, a_full_file_is_rotated_between_two_lines) {
  options.rotation.max_bytes = 1'000;
  options.rotation.keep = 100;
  Logger& logger = start();
  ASSERT_TRUE(logger.open_file());
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    logger.info("line", {{"i", i}});
    logger.flush();
    expected += std::string(logged_at) + "INFO shop: line i=" + std::to_string(i) + "\n";
  }
  log.reset();
  std::string all;
  std::vector<std::filesystem::path> rotated;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with("log")) rotated.push_back(entry.path());
  }
  ASSERT_GT(rotated.size(), 3u);
  for (const auto& path : rotated) {
    EXPECT_LE(std::filesystem::file_size(path), 1'000u);
    all += text(path.filename().string());
  }
  EXPECT_EQ(all.size(), expected.size());
  for (int i = 0; i < 100; ++i) EXPECT_NE(all.find(" i=" + std::to_string(i) + "\n"), std::string::npos) << i;
}

TEST_F(LoggerTest, a_rotation_that_fails_is_told_in_the_file_that_stays_in_use) {
  options.rotation.max_bytes = 1;
  Logger& logger = start();
  ASSERT_TRUE(logger.open_file());
  logger.info("before");
  logger.flush();
  std::filesystem::rename(folder + "/log", folder + "/log.1");
  std::filesystem::create_directory(folder + "/log");
  logger.info("after");
  logger.flush();
  const std::string lines = text("log.1");
  EXPECT_NE(lines.find("ERROR shop: Log file cannot be rotated: the one before stays in use reason=\"Is a "
                       "directory\"\n" +
                       std::string(logged_at) + "INFO shop: after\n"),
            std::string::npos)
      << lines;
}

TEST_F(LoggerTest, standard_output_that_is_the_log_file_gets_each_line_once) {
  options.file_path = folder + "/output";
  options.own_file_only = true;
  Logger& logger = start();
  EXPECT_TRUE(logger.open_file());
  EXPECT_FALSE(logger.has_file());
  logger.info("once");
  EXPECT_EQ(written(), std::string(logged_at) + "INFO shop: once\n");
}

}  // namespace
}  // namespace papi
