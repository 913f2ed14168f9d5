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
    {"platform/metrics", {"platform/base"}},
    {"platform/net", {"platform/base", "platform/log"}},
    {"platform/websocket", {"platform/base", "platform/log", "platform/metrics", "platform/net"}},
    {"platform/http", {"platform/base", "platform/log", "platform/net", "platform/websocket"}},
    {"platform/sqlite", {"platform/base", "platform/log", "platform/metrics", "platform/net"}},
    {"platform/postgres", {"platform/base", "platform/log", "platform/metrics", "platform/net"}},
    {"schema", {"platform"}},
    {"access", {"platform"}},
    {"events", {"platform", "schema", "access"}},
    {"live", {"platform", "schema", "access", "events"}},
    {"profiles", {"platform", "schema", "access", "events"}},
    {"engagement", {"platform", "schema", "access", "events"}},
    {"auth", {"platform", "schema", "access"}},
    {"ops", {"platform", "schema", "access"}},
    {"monitoring", {"platform", "schema"}},
    {"copy", {"platform", "schema", "events"}},
    {"api_documents", {"platform", "access", "events"}},
    {"web", {"platform/base"}},
    {"tester", {"platform", "web"}},
    {"sim", {"platform"}},
    {"app",
     {"platform", "schema", "access", "copy", "events", "live", "profiles", "engagement", "auth",
      "monitoring", "ops", "api_documents", "tester", "web"}},
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

/// Words of the product. Code in src/platform that needs one gets it from its caller.
const std::regex product_words(
    R"(tiktok|webcast|\blive_|profile[_-]api|profile & engagement|x-(session|stream)-|\b(4001|4003|4004|4008|4029)\b)"
    R"(|\badmin\b|\bPermission::(?!none\b|authenticated\b)\w|\bRateRule::(?!none\b|standard\b)\w)",
    std::regex::icase);

/// Returns the word of the product in a line of platform code, or an empty text.
std::string product_word(const std::string& line) {
  std::smatch match;
  return std::regex_search(line, match, product_words) ? match.str() : "";
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
      if (from.starts_with("platform/")) {
        EXPECT_EQ(product_word(line), "") << file << " knows the product: " << line;
      }
      std::smatch match;
      if (!std::regex_search(line, match, include)) continue;
      ++seen;
      // Fixtures of several tests stand in tests/.
      const bool of_a_test = file.ends_with("_test.cpp") || file.ends_with("_fixture.hpp");
      if (room_of(match[1].str()) == "tests" && of_a_test) continue;
      EXPECT_TRUE(may_include(from, room_of(match[1].str()))) << file << " includes " << match[1].str();
    }
  }
  EXPECT_GT(seen, 100u) << "the test reads nothing";
}

/// The use cases of auth/ know neither HTTP nor a storage engine. HTTP is known by the routes, the
/// middlewares and what only these use; the engines by the stores and what they are made of.
TEST(Architecture, the_use_cases_of_auth_know_no_http_and_no_storage_engine) {
  const fs::path root = fs::path(PAPI_SOURCE_DIR) / "src";
  const std::set<std::string> knows_http = {
      "attack_signatures",    "audit_forbidden",    "audit_routes", "auth_routes", "authenticate",
      "authorization_guards", "detect_attacks",     "key_routes",   "rate_limit",  "limit_sockets",
      "stream_token_routes",  "stream_token_scope", "user_routes"};
  const std::set<std::string> knows_engine = {
      "account_snapshot_reader", "postgres_account_store",   "postgres_account_transaction",
      "postgres_audit_store",    "postgres_stream_tokens",   "sqlite_account_rows",
      "sqlite_account_store",    "sqlite_stream_token_rows", "sqlite_audit_store",
      "sqlite_lock_out",         "sqlite_row_readers",       "sqlite_token_rows"};
  const std::regex include(R"(^\s*#include \"([^\"]+)\")");
  std::set<std::string> seen;
  for (const auto& entry : fs::directory_iterator(root / "auth")) {
    const std::string name = entry.path().stem().string();
    seen.insert(name);
    if (name.ends_with("_test") || name.ends_with("_fuzz") || name.ends_with("_fixture")) continue;
    std::ifstream lines(entry.path());
    for (std::string line; std::getline(lines, line);) {
      std::smatch match;
      if (!std::regex_search(line, match, include)) continue;
      const std::string included = match[1].str();
      const std::string own = included.starts_with("auth/") ? fs::path(included).stem().string() : "";
      const bool http = included.starts_with("platform/http/") || included == "access/rate_rules.hpp" ||
                        included == "access/quotas.hpp" || knows_http.contains(own);
      EXPECT_FALSE(http && !knows_http.contains(name)) << entry.path().filename() << " includes " << included;
      const bool engine = included.starts_with("platform/sqlite/") ||
                          included.starts_with("platform/postgres/") || knows_engine.contains(own);
      const bool may = knows_engine.contains(name) || knows_http.contains(name);
      EXPECT_FALSE(engine && !may) << entry.path().filename() << " includes " << included;
    }
  }
  for (const auto* list : {&knows_http, &knows_engine}) {
    for (const std::string& name : *list) EXPECT_TRUE(seen.contains(name)) << name << " does not exist";
  }
}

/// What an operator looks at is the same for each storage engine; the write probes know theirs.
TEST(Architecture, ops_knows_a_storage_engine_only_in_the_write_probes) {
  const fs::path root = fs::path(PAPI_SOURCE_DIR) / "src" / "ops";
  const std::regex engine(R"(^\s*#include \"(platform/|ops/)(sqlite|postgres)[/_])");
  std::set<std::string> found;
  for (const auto& entry : fs::directory_iterator(root)) {
    const std::string name = entry.path().stem().string();
    std::ifstream lines(entry.path());
    for (std::string line; std::getline(lines, line);) {
      if (std::regex_search(line, engine) && !name.ends_with("_test")) found.insert(name);
    }
  }
  EXPECT_EQ(found, (std::set<std::string>{"postgres_write_probe", "sqlite_write_probe"}));
}

TEST(Architecture, a_word_of_the_product_in_the_platform_is_found) {
  const struct {
    std::string line, word;
  } rows[] = {{R"(return refused("wants credentials: see TIKTOK_PROXY");)", "TIKTOK"},
              {"/// as TikTok's servers do", "TikTok"},
              {R"(std::string name = "profile_api";)", "profile_api"},
              {R"(application_name = "profile-api writer";)", "profile-api"},
              {R"({"LIVE_MAX_SESSIONS", n})", "LIVE_"},
              {R"("X-RateLimit-Reset, X-Session-Epoch")", "X-Session-"},
              {"  too_slow = 4008,", "4008"},
              {"enum class Permission { none, read, admin };", "admin"},
              {"if (caller.may(Permission::write)) return;", "Permission::w"},
              {"Permission permission = Permission::none;", ""},
              {"return permission == Permission::authenticated;", ""},
              {"options_.rate = RateRule::strict;", "RateRule::s"},
              {"RateRule rate = RateRule::standard;", ""},
              {"request_.keep_alive = alive_;", ""},
              {"constexpr int bits = 0x4008u + 14008;", ""}};
  for (const auto& row : rows) EXPECT_EQ(product_word(row.line), row.word) << row.line;
}
