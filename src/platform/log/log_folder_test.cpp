#include "platform/log/log_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace papi {
namespace {

namespace fs = std::filesystem;

struct LogFolderTest : testing::Test {
  LogFolderTest() {
    char name[] = "/tmp/log-folder-XXXXXX";
    folder = ::mkdtemp(name);
  }
  ~LogFolderTest() override { fs::remove_all(folder); }
  void set_mode(const std::string& path, mode_t mode) { ASSERT_EQ(::chmod(path.c_str(), mode), 0); }
  static mode_t mode_of(const std::string& path) {
    struct stat now {};
    return ::stat(path.c_str(), &now) == 0 ? now.st_mode & 07777 : 0;
  }
  std::string folder;
};

TEST_F(LogFolderTest, makes_all_folders_that_are_missing_for_the_user_and_the_group) {
  const auto mask = ::umask(0);
  EXPECT_EQ(make_log_folder(folder + "/a/b/app.log"), std::nullopt);
  ::umask(mask);
  EXPECT_EQ(mode_of(folder + "/a"), 0750u);
  EXPECT_EQ(mode_of(folder + "/a/b"), 0750u);
  EXPECT_FALSE(fs::exists(folder + "/a/b/app.log"));
  EXPECT_EQ(make_log_folder(folder + "/a/b/app.log"), std::nullopt) << "it is there";
  EXPECT_EQ(make_log_folder("app.log"), std::nullopt) << "the working directory";
}

TEST_F(LogFolderTest, a_look_makes_nothing) {
  EXPECT_EQ(log_folder_fault(folder + "/a/app.log"), std::nullopt);
  EXPECT_FALSE(fs::exists(folder + "/a"));
}

TEST_F(LogFolderTest, a_folder_that_everybody_may_change_is_not_trusted_unless_it_is_sticky) {
  const std::string missing = folder + "/open/a";
  fs::create_directory(folder + "/open");
  set_mode(folder + "/open", 0777);
  const std::string fault = "the folder '" + missing +
                            "' does not exist and is not made: everybody may change '" + folder + "/open'";
  EXPECT_EQ(log_folder_fault(missing + "/app.log"), fault);
  EXPECT_EQ(make_log_folder(missing + "/app.log"), fault);
  EXPECT_FALSE(fs::exists(missing));
  set_mode(folder + "/open", 01777);
  EXPECT_EQ(make_log_folder(missing + "/app.log"), std::nullopt);
  EXPECT_TRUE(fs::exists(missing));
}

TEST_F(LogFolderTest, a_folder_of_another_user_is_not_trusted) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  fs::create_directory(folder + "/theirs");
  ASSERT_EQ(::chown((folder + "/theirs").c_str(), 12'345, 12'345), 0);
  EXPECT_EQ(log_folder_fault(folder + "/theirs/a/app.log"),
            "the folder '" + folder + "/theirs/a' does not exist and is not made: '" + folder +
                "/theirs' belongs to another user");
}

TEST_F(LogFolderTest, what_is_no_folder_and_paths_that_go_up_are_refused) {
  std::ofstream(folder + "/file") << "x";
  EXPECT_EQ(log_folder_fault(folder + "/file/a/app.log"), "the folder '" + folder +
                                                              "/file/a' does not exist and is not made: '" +
                                                              folder + "/file' is no folder");
  EXPECT_EQ(log_folder_fault(folder + "/a/../b/app.log"),
            "the folder '" + folder + "/a/../b' does not exist and is not made: its path has '..'");
  fs::create_symlink(folder + "/nowhere", folder + "/link");
  EXPECT_EQ(
      log_folder_fault(folder + "/link/a/app.log"),
      "the folder '" + folder + "/link/a' does not exist and is not made: '" + folder + "/link' is no folder")
      << "what a link would lead to is not made";
}

}  // namespace
}  // namespace papi
