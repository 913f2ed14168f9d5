#include "platform/log/log_rotation.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "tests/local_zone.hpp"

namespace papi {
namespace {

namespace fs = std::filesystem;

constexpr UnixMs minute = 60'000, hour = 60 * minute;

/// A log file in a folder of its own, at 22:13:20 local time of 2023-11-14 (UTC).
struct LogRotationTest : testing::Test {
  LogRotationTest() {
    char name[] = "/tmp/log-rotation-XXXXXX";
    folder = ::mkdtemp(name);
    options.path = folder + "/app.log";
    options.now = [this] { return now; };
  }
  ~LogRotationTest() override {
    if (file >= 0) ::close(file);
    fs::remove_all(folder);
  }
  LogRotation& open() {
    file = open_log_file(options.path);
    rotation.emplace(options);
    rotation->opened(file);
    return *rotation;
  }
  void write(const std::string& text) {
    ASSERT_EQ(::write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    rotation->wrote(text.size());
  }
  /// Rotates, and goes on with the new file.
  void rotate() {
    const auto next = rotation->rotate(file);
    ASSERT_TRUE(next) << next.error().message;
    ::close(file);
    file = *next;
  }
  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
    return names;
  }
  std::string text(const std::string& name) const {
    std::ostringstream out;
    out << std::ifstream(folder + "/" + name).rdbuf();
    return out.str();
  }

  const test::LocalZone zone{"UTC"};
  std::string folder;
  UnixMs now = 1'700'000'000'000;
  LogRotation::Options options;
  std::optional<LogRotation> rotation;
  int file = -1;
};

TEST_F(LogRotationTest, a_file_is_full_when_the_next_bytes_do_not_fit) {
  options.max_bytes = 10;
  open();
  EXPECT_FALSE(rotation->due(100)) << "an empty file is not rotated";
  write("12345\n");
  EXPECT_FALSE(rotation->due(4));
  EXPECT_TRUE(rotation->due(5));
  EXPECT_FALSE(rotation->due(0));
  rotate();
  write("next\n");
  EXPECT_EQ(files(), (std::set<std::string>{"app.log", "app.log.20231114-221320"}));
  EXPECT_EQ(text("app.log.20231114-221320"), "12345\n");
  EXPECT_EQ(text("app.log"), "next\n");
  EXPECT_FALSE(rotation->due(5)) << "the new file counts from its beginning";
  EXPECT_TRUE(rotation->due(6));
}

TEST_F(LogRotationTest, a_file_ends_with_its_local_day_and_has_the_time_of_its_last_line) {
  options.daily = true;
  open();
  now += 106 * minute;  // 23:59:20
  write("a\n");
  EXPECT_FALSE(rotation->due(1));
  now += 39'000;
  EXPECT_FALSE(rotation->due(1)) << "23:59:59";
  now += 1'000;
  EXPECT_TRUE(rotation->due(1)) << "midnight";
  now += 9 * hour;
  rotate();
  EXPECT_EQ(files(), (std::set<std::string>{"app.log", "app.log.20231114-235920"}));
  write("b\n");
  EXPECT_FALSE(rotation->due(1));
  now -= 24 * hour;
  EXPECT_FALSE(rotation->due(1)) << "a clock that was set back begins no day";
}

TEST_F(LogRotationTest, the_day_is_that_of_the_local_zone) {
  options.daily = true;
  now += 3'000;                               // a second of its own
  const test::LocalZone kolkata("IST-5:30");  // 03:43:23 of the 15th
  open();
  write("a\n");
  now += 20 * hour;  // 23:43:23
  EXPECT_FALSE(rotation->due(1));
  now += 17 * minute;
  EXPECT_TRUE(rotation->due(1));
  rotate();
  EXPECT_EQ(files(), (std::set<std::string>{"app.log", "app.log.20231115-034323"}));
}

TEST_F(LogRotationTest, a_file_of_an_earlier_day_is_rotated_before_its_first_line) {
  std::ofstream(options.path) << "old\n";
  const timespec written[] = {{1'699'900'000, 0}, {1'699'900'000, 0}};  // 2023-11-13 18:26:40
  ASSERT_EQ(::utimensat(AT_FDCWD, options.path.c_str(), written, 0), 0);
  options.daily = true;
  open();
  EXPECT_TRUE(rotation->due(1));
  rotate();
  EXPECT_EQ(files(), (std::set<std::string>{"app.log", "app.log.20231113-182640"}));
}

TEST_F(LogRotationTest, a_file_of_that_name_is_not_replaced) {
  options.max_bytes = 1;
  open();
  for (const char* line : {"a\n", "b\n", "c\n"}) {
    write(line);
    rotate();
  }
  EXPECT_EQ(text("app.log.20231114-221320"), "a\n");
  EXPECT_EQ(text("app.log.20231114-221320-2"), "b\n");
  EXPECT_EQ(text("app.log.20231114-221320-3"), "c\n");
}

TEST_F(LogRotationTest, the_oldest_are_deleted_and_nothing_else) {
  options.max_bytes = 1;
  options.keep = 2;
  const std::set<std::string> others = {
      "app.log.20231114.gz",   "app.log.20231114-221320.gz", "app.log.1",
      "app.log.20231114",      "other.log.20231114-221320",  "app.log.backup-000000",
      "app.log.20231114-22132"};
  for (const std::string& name : others) std::ofstream(folder + "/" + name) << "x";
  open();
  for (int i = 0; i < 4; ++i) {
    write("a\n");
    rotate();
    now += minute;
  }
  std::set<std::string> expected = others;
  expected.insert({"app.log", "app.log.20231114-221520", "app.log.20231114-221620"});
  EXPECT_EQ(files(), expected);
}

TEST_F(LogRotationTest, a_file_that_another_program_has_renamed_is_left_to_it) {
  options.max_bytes = 1;
  open();
  write("a\n");
  fs::rename(options.path, folder + "/app.log.20231114");
  std::ofstream(options.path) << "of another process\n";
  rotate();
  write("b\n");
  EXPECT_EQ(files(), (std::set<std::string>{"app.log", "app.log.20231114"}));
  EXPECT_EQ(text("app.log"), "of another process\nb\n");
}

TEST_F(LogRotationTest, a_failure_is_told_and_tried_again_after_a_minute) {
  options.max_bytes = 1;
  open();
  write("a\n");
  fs::rename(options.path, folder + "/away");
  fs::create_directory(options.path);
  const auto failed = rotation->rotate(file);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "Is a directory");
  EXPECT_FALSE(rotation->due(1));
  now += minute - 1;
  EXPECT_FALSE(rotation->due(1));
  now += 1;
  EXPECT_TRUE(rotation->due(1));
  fs::remove(options.path);
  rotate();
  write("b\n");
  EXPECT_EQ(text("app.log"), "b\n");
}

TEST_F(LogRotationTest, only_a_regular_file_is_rotated_and_only_if_that_is_asked_for) {
  open();
  write("a\n");
  now += 48 * hour;
  EXPECT_FALSE(rotation->due(1'000'000)) << "neither by size nor daily";
  options.max_bytes = 1;
  options.daily = true;
  LogRotation device(options);
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  device.opened(null);
  device.wrote(10);
  EXPECT_FALSE(device.due(10));
  ::close(null);
}

}  // namespace
}  // namespace papi
