#include "platform/sqlite/file_header.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "platform/base/random.hpp"

namespace papi::sqlite {
namespace {

constexpr std::uint32_t stamp = 77;

FileHeader header(std::uint32_t version, std::uint32_t changes, std::uint64_t has = 4'096) {
  FileHeader made;
  made.user_version = version;
  made.changes = changes;
  made.should_have = 4'096;
  made.has = has;
  return made;
}

TEST(FileHistory, waits_for_the_stamp_and_then_wants_it) {
  FileHistory history(stamp);
  EXPECT_TRUE(history.plausible(header(5, 10))) << "as the run before left it";
  EXPECT_TRUE(history.plausible(header(5, 10)));
  EXPECT_TRUE(history.plausible(header(stamp, 11)));
  EXPECT_TRUE(history.plausible(header(stamp, 11)));
  EXPECT_FALSE(history.plausible(header(5, 12))) << "of an earlier run";
  EXPECT_FALSE(history.plausible(header(78, 12))) << "another database";
  EXPECT_TRUE(history.plausible(header(stamp, 11))) << "it is back";
}

TEST(FileHistory, another_version_before_the_stamp_is_another_file) {
  FileHistory history(stamp);
  EXPECT_TRUE(history.plausible(header(5, 10)));
  EXPECT_FALSE(history.plausible(header(6, 10)));
}

TEST(FileHistory, changes_never_go_back) {
  FileHistory history(stamp);
  EXPECT_TRUE(history.plausible(header(stamp, 100)));
  EXPECT_FALSE(history.plausible(header(stamp, 99))) << "a copy of this run";
  EXPECT_TRUE(history.plausible(header(stamp, 100)));
  FileHistory wraps(stamp);
  EXPECT_TRUE(wraps.plausible(header(stamp, 0xffff'ffff)));
  EXPECT_TRUE(wraps.plausible(header(stamp, 0)));
  EXPECT_FALSE(wraps.plausible(header(stamp, 0xffff'ffff)));
}

TEST(FileHistory, a_file_that_stays_too_short_was_cut) {
  FileHistory history(stamp);
  EXPECT_TRUE(history.plausible(header(stamp, 1)));
  for (const std::uint64_t growing : {1'024, 2'048, 3'072, 4'095})
    EXPECT_TRUE(history.plausible(header(stamp, 2, growing))) << "a checkpoint is writing";
  EXPECT_TRUE(history.plausible(header(stamp, 2, 4'095)));
  EXPECT_FALSE(history.plausible(header(stamp, 2, 4'095))) << "the third time";
  EXPECT_TRUE(history.plausible(header(stamp, 2, 4'096)));
}

struct StampedFile : testing::Test {
  std::string path = testing::TempDir() + "stamped_" + random_hex(6) + ".db";
  ~StampedFile() override {
    for (const char* tail : {"", "-wal", "-shm", ".copy"}) std::filesystem::remove(path + tail);
  }
};

TEST_F(StampedFile, is_read_past_the_write_ahead_log_and_grows_by_checkpoints_and_vacuum) {
  auto database = Database::open(path);
  ASSERT_TRUE(database);
  database->execute("CREATE TABLE t(x)");
  const std::uint32_t given = stamp_file(*database);
  auto probe = Database::open_to_read(path);
  FileHistory history(given);
  const auto look = [&] {
    const auto found = FileHeader::read(*probe);
    EXPECT_TRUE(found);
    return *found;
  };
  const FileHeader first = look();
  EXPECT_EQ(first.user_version, given);
  EXPECT_EQ(first.should_have, std::filesystem::file_size(path));
  EXPECT_EQ(first.has, first.should_have);
  EXPECT_TRUE(history.plausible(first));
  const std::string many =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
      " INSERT INTO t SELECT randomblob(200) FROM n";
  database->execute(many.c_str());
  database->execute("PRAGMA wal_checkpoint(TRUNCATE)");
  std::filesystem::copy_file(path, path + ".copy");
  EXPECT_TRUE(history.plausible(look()));
  auto operators = Database::open(path);
  operators->execute("DELETE FROM t WHERE rowid % 2; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_TRUE(history.plausible(look())) << "an operator may do that";
  EXPECT_LT(look().has, std::filesystem::file_size(path + ".copy"));
  std::filesystem::copy_file(path + ".copy", path, std::filesystem::copy_options::overwrite_existing);
  EXPECT_FALSE(history.plausible(look())) << "an older copy, written over it";
}

TEST_F(StampedFile, without_a_whole_header_is_an_error) {
  auto database = Database::open(path);
  database->execute("CREATE TABLE t(x); PRAGMA wal_checkpoint(TRUNCATE)");
  std::filesystem::resize_file(path, 99);
  EXPECT_FALSE(FileHeader::read(*database));
}

}  // namespace
}  // namespace papi::sqlite
