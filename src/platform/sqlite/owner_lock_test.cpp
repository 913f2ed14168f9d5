#include "platform/sqlite/owner_lock.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "platform/base/random.hpp"
#include "platform/sqlite/database.hpp"
#include "platform/sqlite/file_check.hpp"

namespace papi::sqlite {
namespace {

using std::chrono::milliseconds;

struct OwnerLockTest : testing::Test {
  ~OwnerLockTest() override { std::filesystem::remove_all(folder); }

  Result<OwnerLock> take(const std::string& at, milliseconds limit = milliseconds(0)) {
    return OwnerLock::take(at, limit, pause, log);
  }
  std::string text() {
    std::ifstream file(path + ".lock");
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  static std::string me() {
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    return "process " + std::to_string(getpid()) + " on host " + host;
  }

  std::string folder = [] {
    const std::string made = testing::TempDir() + "owner_" + random_hex(6);
    std::filesystem::create_directory(made);
    return made;
  }();
  std::string path = folder + "/profiles.db";
  int pauses = 0;
  Pause pause = [this](milliseconds) { return ++pauses < 100; };
  SystemClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};
};

TEST_F(OwnerLockTest, the_second_owner_is_refused_and_told_process_and_host) {
  auto first = take(path);
  ASSERT_TRUE(first);
  EXPECT_EQ(text(), me() + "\n");
  const auto second = take(path);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_NE(second.error().message.find(me()), std::string::npos) << second.error().message;
  EXPECT_NE(second.error().message.find("DATABASE_URL"), std::string::npos);
  EXPECT_EQ(pauses, 0);
}

TEST_F(OwnerLockTest, a_symbolic_link_is_the_same_database) {
  std::ofstream(path).put('x');
  std::filesystem::create_symlink(path, folder + "/link.db");
  auto first = take(folder + "/link.db");
  ASSERT_TRUE(first);
  EXPECT_FALSE(take(path));
  EXPECT_TRUE(take(folder + "/other.db"));
}

TEST_F(OwnerLockTest, waits_for_the_owner_to_end) {
  auto first = std::make_unique<Result<OwnerLock>>(take(path));
  ASSERT_TRUE(*first);
  pause = [&](milliseconds) {
    if (++pauses == 3) first.reset();
    return true;
  };
  EXPECT_TRUE(take(path, milliseconds(60'000)));
  EXPECT_EQ(pauses, 3);
}

TEST_F(OwnerLockTest, the_wait_ends_when_the_program_is_asked_to_end) {
  auto first = take(path);
  ASSERT_TRUE(first);
  pause = [&](milliseconds) { return ++pauses < 2; };
  const auto second = take(path, milliseconds(60'000));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::unavailable);
  EXPECT_EQ(pauses, 2);
}

TEST_F(OwnerLockTest, a_process_that_is_killed_leaves_the_lock_free) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto owned = take(path);
    (void)!write(ready[1], owned ? "y" : "n", 1);
    for (;;) ::pause();
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  const auto refused = take(path);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("process " + std::to_string(child) + " "), std::string::npos);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(take(path));
  close(ready[0]);
  close(ready[1]);
}

TEST_F(OwnerLockTest, a_deleted_lock_file_is_made_anew_unless_another_process_was_faster) {
  auto first = take(path);
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->holds());
  std::filesystem::remove(path + ".lock");
  EXPECT_TRUE(first->holds());
  EXPECT_FALSE(take(path)) << "the new file is locked too";
  std::filesystem::remove(path + ".lock");
  auto faster = take(path);
  ASSERT_TRUE(faster);
  EXPECT_FALSE(first->holds());
  EXPECT_TRUE(faster->holds());
}

TEST_F(OwnerLockTest, a_folder_that_does_not_exist_is_named) {
  const auto taken = take(folder + "/none/profiles.db");
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::database);
  EXPECT_NE(taken.error().message.find("none/profiles.db.lock"), std::string::npos);
}

struct FileCheckTest : OwnerLockTest {
  void write(const std::string& tail, const std::string& bytes) {
    std::ofstream(path + tail, std::ios::binary) << bytes;
  }
  std::string read(const std::string& tail) {
    std::ifstream file(path + tail, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  /// Returns the first page of a database that SQLite made.
  std::string real() {
    auto made = Database::open(path + ".made");
    made->execute("CREATE TABLE t(x)");
    made->execute("PRAGMA wal_checkpoint(TRUNCATE)");
    return read(".made");
  }
};

TEST_F(FileCheckTest, a_new_an_empty_and_a_real_database_pass) {
  EXPECT_TRUE(check_database_file(path));
  EXPECT_FALSE(std::filesystem::exists(path)) << "nothing is made";
  write("", "");
  EXPECT_TRUE(check_database_file(path));
  write("-wal", "");
  EXPECT_TRUE(check_database_file(path)) << "an empty log has nothing to lose";
  write("", real());
  write("-wal", "left by a kill");
  EXPECT_TRUE(check_database_file(path));
}

TEST_F(FileCheckTest, a_log_without_its_database_is_refused_and_kept) {
  write("-wal", "w");
  for (const bool missing : {true, false}) {
    if (!missing) write("", "");
    const auto refused = check_database_file(path);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::database);
    EXPECT_NE(refused.error().message.find(missing ? "does not exist" : "is empty"), std::string::npos);
    EXPECT_NE(refused.error().message.find("backup"), std::string::npos);
    EXPECT_EQ(read("-wal"), "w");
  }
}

TEST_F(FileCheckTest, what_is_shorter_than_a_header_or_has_another_is_refused) {
  const std::string good = real();
  write("", good.substr(0, 99));
  EXPECT_FALSE(check_database_file(path));
  write("", good.substr(0, 100));
  EXPECT_TRUE(check_database_file(path));
  for (const std::size_t at : {0u, 14u, 15u, 16u, 17u, 18u, 19u, 21u, 22u, 23u}) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    write("", bad);
    const auto refused = check_database_file(path);
    ASSERT_FALSE(refused) << at;
    EXPECT_NE(refused.error().message.find("header"), std::string::npos);
    EXPECT_EQ(read(""), bad);
  }
}

}  // namespace
}  // namespace papi::sqlite
