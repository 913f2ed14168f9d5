#include "platform/config/setting.hpp"

#include <gtest/gtest.h>

namespace papi::config {
namespace {

struct Example {
  std::int64_t port = 8002;
  std::string level = "INFO", origin = "https://x.example";
  Secret key;
  std::vector<Setting> table{integer_setting("PORT", port, 0, 65'535, "port"),
                             choice_setting("LOG_LEVEL", level, {"DEBUG", "INFO"}, "level"),
                             origin_setting("TIKTOK_WEB_URL", origin, "web"),
                             secret_setting("API_KEY", key, "key")};
};

}  // namespace

TEST(Settings, a_flag_wins_over_the_environment_which_wins_over_dotenv) {
  Example e;
  const Loaded all = load(e.table, {{"PORT", "1"}}, {{"PORT", "2"}, {"LOG_LEVEL", "debug"}},
                          {{"PORT", "3"}, {"LOG_LEVEL", "INFO"}}, {});
  EXPECT_TRUE(all.faults.empty());
  EXPECT_EQ(e.port, 1);
  EXPECT_EQ(e.level, "DEBUG");
  EXPECT_EQ(all.entries[0].origin, Origin::flag);
  EXPECT_EQ(all.entries[1].origin, Origin::environment);
}

TEST(Settings, lists_every_fault_and_the_name_that_was_meant) {
  Example e;
  const Loaded all =
      load(e.table, {},
           {{"PORT", "70000"}, {"LOG_LEVL", "INFO"}, {"HOME", "/"}, {"TIKTOK_WEB_URL", "http://x.example"}},
           {{"TIKTOK_WEB_UR", "x"}}, {"LOG_", "TIKTOK_"});
  ASSERT_EQ(all.faults.size(), 4u);
  EXPECT_NE(all.faults[0].find("PORT: must be a whole number"), std::string::npos);
  EXPECT_NE(all.faults[1].find("https"), std::string::npos);
  EXPECT_NE(all.faults[2].find("did you mean TIKTOK_WEB_URL"), std::string::npos);
  EXPECT_NE(all.faults[3].find("did you mean LOG_LEVEL"), std::string::npos);
}

TEST(Settings, what_kubernetes_says_of_services_beside_us_is_no_misspelling) {
  Example e;
  const Loaded all = load(e.table, {},
                          {{"LOG_SERVICE_HOST", "10.0.0.1"},
                           {"LOG_SERVICE_PORT_HTTP", "80"},
                           {"LOG_PORT", "tcp://10.0.0.1:80"},
                           {"LOG_PORT_80_TCP_ADDR", "10.0.0.1"}},
                          {}, {"LOG_"});
  EXPECT_EQ(all.faults, std::vector<std::string>());
}

TEST(Settings, a_secret_is_never_shown) {
  Example e;
  const Loaded all = load(e.table, {}, {{"API_KEY", "hunter2"}}, {}, {});
  EXPECT_EQ(e.key.reveal(), "hunter2");
  for (const auto& entry : all.entries) EXPECT_EQ(entry.value.find("hunter2"), std::string::npos);
}

TEST(Dotenv, reads_comments_quotes_and_export_and_reports_the_line_that_is_neither) {
  std::vector<std::string> faults;
  const Values values = parse_dotenv("# c\nexport A=1\nB=\"x # y\"\nC=z # note\n\nnonsense\n", faults);
  EXPECT_EQ(values, (Values{{"A", "1"}, {"B", "x # y"}, {"C", "z"}}));
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_NE(faults[0].find("line 6"), std::string::npos);
}

TEST(Dotenv, a_comment_behind_a_value_is_never_part_of_it) {
  std::vector<std::string> faults;
  const Values values = parse_dotenv(
      "EMPTY= # none\nQUOTED=\"a b\" # why\nSINGLE='c'\t# why\nTAB=d\t# why\nINSIDE=e#f\nODD=\"g\n", faults);
  EXPECT_EQ(values, (Values{{"EMPTY", ""},
                            {"QUOTED", "a b"},
                            {"SINGLE", "c"},
                            {"TAB", "d"},
                            {"INSIDE", "e#f"},
                            {"ODD", "\"g"}}));
  EXPECT_TRUE(faults.empty());
}

}  // namespace papi::config
