// The architecture's arrows: who may include whom (docs/architecture.md). An arrow that points up fails here.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

namespace {

namespace fs = std::filesystem;

/// What each folder may include besides itself. Absent here: a folder nobody has thought about.
const std::map<std::string, std::set<std::string>> allowed = {
    {"platform/base", {}},
    {"platform/config", {"platform/base"}},
    {"platform/log", {"platform/base"}},
    {"platform/net", {"platform/base", "platform/log"}},
    {"platform/websocket", {"platform/base", "platform/log", "platform/net"}},
    {"platform/http", {"platform/base", "platform/log", "platform/net", "platform/websocket"}},
    {"platform/sqlite", {"platform/base", "platform/log", "platform/net"}},
    {"events", {"platform"}},
    {"live", {"platform", "events"}},
    {"profiles", {"platform", "events"}},
    {"engagement", {"platform", "events"}},
    {"auth", {"platform"}},
    {"ops", {"platform"}},
    {"sim", {"platform"}},
    {"app", {"platform", "events", "live", "profiles", "engagement", "auth", "ops"}},
};

std::string room_of(const std::string& path) {
  const auto first = path.find('/');
  if (path.rfind("platform/", 0) != 0) return path.substr(0, first);
  return path.substr(0, path.find('/', first + 1));
}

bool may_include(const std::string& from, const std::string& to) {
  if (from == to) return true;
  const auto row = allowed.find(from);
  if (row == allowed.end()) return false;
  return row->second.count(to) > 0 || (to.rfind("platform/", 0) == 0 && row->second.count("platform") > 0);
}

}  // namespace

TEST(Architecture, every_include_points_down) {
  const fs::path root = fs::path(PAPI_SOURCE_DIR) / "src";
  const std::regex include(R"(^\s*#include \"([^\"]+/[^\"]+)\")");
  std::size_t seen = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".hpp" && extension != ".cpp") continue;
    const std::string file = fs::relative(entry.path(), root).generic_string();
    const std::string from = room_of(file);
    if (from == "platform/precompiled.hpp" || from == "platform/boost_sources.cpp") continue;
    EXPECT_TRUE(allowed.count(from)) << file << " is in a folder without a rule";
    std::ifstream lines(entry.path());
    for (std::string line; std::getline(lines, line);) {
      std::smatch match;
      if (!std::regex_search(line, match, include)) continue;
      ++seen;
      EXPECT_TRUE(may_include(from, room_of(match[1].str()))) << file << " includes " << match[1].str();
    }
  }
  EXPECT_GT(seen, 100u) << "the test reads nothing";
}
