#include "platform/log/journal.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

namespace papi {

TEST(Journal, its_stream_is_the_one_that_the_environment_names) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  struct stat now {};
  ASSERT_EQ(::fstat(ends[1], &now), 0);
  const std::string device = std::to_string(now.st_dev), inode = std::to_string(now.st_ino);
  EXPECT_TRUE(is_journal_stream(ends[1], (device + ":" + inode).c_str()));
  EXPECT_FALSE(is_journal_stream(ends[1], (device + ":" + inode + "0").c_str()));
  EXPECT_FALSE(is_journal_stream(ends[1], inode.c_str()));
  EXPECT_FALSE(is_journal_stream(ends[1], ""));
  EXPECT_FALSE(is_journal_stream(ends[1], nullptr));
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_FALSE(is_journal_stream(-1, (device + ":" + inode).c_str()));
}

TEST(Journal, priorities_are_those_of_syslog) {
  EXPECT_EQ(journal_priority(LogLevel::debug), '7');
  EXPECT_EQ(journal_priority(LogLevel::info), '6');
  EXPECT_EQ(journal_priority(LogLevel::warning), '4');
  EXPECT_EQ(journal_priority(LogLevel::error), '3');
  EXPECT_EQ(journal_priority(LogLevel::critical), '2');
}

}  // namespace papi
