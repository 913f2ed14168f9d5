#include "platform/config/setting.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "platform/config/secret_file.hpp"

namespace papi::config {
namespace {

struct Example {
  std::int64_t port = 8002;
  std::string level = "INFO", origin = "https://x.example";
  Secret key;
  std::vector<Setting> table{integer_setting("PORT", port, 0, 65'535, "port"),
                             choice_setting("LOG_LEVEL", level, {"DEBUG", "INFO"}, "level"),
                             origin_setting("SHOP_WEB_URL", origin, "web"),
                             secret_setting("API_KEY", key, "key")};
};

}  // namespace

TEST(Settings, a_duration_is_a_whole_number_of_the_unit_of_its_place) {
  std::chrono::seconds timeout{30};
  std::chrono::days kept{90};
  const std::vector<Setting> table{duration_setting("TIMEOUT", timeout, 1, 300, "Seconds"),
                                   duration_setting("KEPT_DAYS", kept, 0, 365, "Days")};
  EXPECT_EQ(table[0].default_value, "30");
  EXPECT_EQ(table[1].default_value, "90");
  EXPECT_EQ(table[1].format, "whole number from 0 to 365");
  EXPECT_TRUE(load(table, {}, {{"TIMEOUT", "300"}, {"KEPT_DAYS", "0"}}, {}, {}).faults.empty());
  EXPECT_EQ(timeout.count(), 300);
  EXPECT_EQ(kept.count(), 0);
  const Loaded out = load(table, {}, {{"TIMEOUT", "0"}, {"KEPT_DAYS", "366"}}, {}, {});
  EXPECT_EQ(out.faults.size(), 2u);
  EXPECT_EQ(timeout.count(), 300) << "as it was";
}

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
           {{"PORT", "70000"}, {"LOG_LEVL", "INFO"}, {"HOME", "/"}, {"SHOP_WEB_URL", "http://x.example"}},
           {{"SHOP_WEB_UR", "x"}}, {"LOG_", "SHOP_"});
  ASSERT_EQ(all.faults.size(), 4u);
  EXPECT_NE(all.faults[0].find("PORT: must be a whole number"), std::string::npos);
  EXPECT_NE(all.faults[1].find("https"), std::string::npos);
  EXPECT_NE(all.faults[2].find("did you mean SHOP_WEB_URL"), std::string::npos);
  EXPECT_NE(all.faults[3].find("did you mean LOG_LEVEL"), std::string::npos);
}

TEST(Settings, a_misspelt_name_is_a_fault_another_of_ours_a_warning_and_anybody_elses_nothing) {
  std::string environment = "development", password, host = "0.0.0.0", level, url;
  std::int64_t port = 1;
  const std::vector<Setting> table{text_setting("ENVIRONMENT", environment, ""),
                                   text_setting("ADMIN_PASSWORD", password, ""),
                                   text_setting("HOST", host, ""),
                                   integer_setting("PORT", port, 0, 9, ""),
                                   text_setting("LOG_LEVEL", level, ""),
                                   text_setting("SHOP_WEB_URL", url, "")};
  struct Row {
    const char* name;
    const char* fault;
    const char* warning;
    const char* in_dotenv;  // the same as a warning there, where it is no fault
  };
  const Row rows[] = {
      {"ENVIROMENT", "ENVIROMENT: unknown setting in the environment; did you mean ENVIRONMENT?", "", ""},
      {"ADMIN_PASSWRD", "ADMIN_PASSWRD: unknown setting in the environment; did you mean ADMIN_PASSWORD?", "",
       ""},
      {"ADMIN_PASWRD", "ADMIN_PASWRD: unknown setting in the environment; did you mean ADMIN_PASSWORD?", "",
       ""},
      {"LOGLEVEL", "LOGLEVEL: unknown setting in the environment; did you mean LOG_LEVEL?", "", ""},
      {"HOME", "", "", "HOME: unknown setting in .env; did you mean HOST? It has no effect"},
      {"PGHOST", "", "", "PGHOST: unknown setting in .env; did you mean HOST? It has no effect"},
      {"POST", "", "", "POST: unknown setting in .env; did you mean HOST? It has no effect"},
      {"LOG_DIR", "", "LOG_DIR: unknown setting in the environment; it has no effect",
       "LOG_DIR: unknown setting in .env; it has no effect"},
      {"SERVER_NAME", "", "SERVER_NAME: unknown setting in the environment; it has no effect",
       "SERVER_NAME: unknown setting in .env; it has no effect"},
      {"TZ", "", "", "TZ: unknown setting in .env; it has no effect"},
  };
  for (const Row& row : rows) {
    const auto one = [](const char* text) {
      return *text ? std::vector<std::string>{text} : std::vector<std::string>();
    };
    const Loaded all = load(table, {}, {{row.name, "x"}}, {}, {"LOG_", "SERVER_"});
    EXPECT_EQ(all.faults, one(row.fault)) << row.name;
    EXPECT_EQ(all.warnings, one(row.warning)) << row.name;
    const Loaded file = load(table, {}, {}, {{row.name, "x"}}, {"LOG_", "SERVER_"});
    EXPECT_EQ(file.faults.empty(), *row.fault == 0) << row.name;
    EXPECT_EQ(file.warnings, one(row.in_dotenv)) << row.name;
  }
}

TEST(Settings, the_password_of_an_address_is_masked) {
  const std::pair<const char*, const char*> rows[] = {
      {"sqlite:///./profiles.db", "sqlite:///./profiles.db"},
      {"postgresql://user:pass@host:5432/db", "postgresql://user:***@host:5432/db"},
      {"postgresql://user@host/db", "postgresql://user@host/db"},
      {"postgresql://user:p@ss/w:rd?#@host/db", "postgresql://user:***@host/db"},
      {"postgresql://:pass@host/db", "postgresql://:***@host/db"},
      {"postgresql://host/db?user=u&password=pass&sslmode=require",
       "postgresql://host/db?user=u&password=***&sslmode=require"},
      {"postgresql://u:pass@host/db?sslPassword=pass", "postgresql://u:***@host/db?sslPassword=***"},
      {"host=h password=pass dbname=d", "host=h password=*** dbname=d"},
      {"user:pass@host", "user:***@host"},
      {"", ""},
  };
  for (const auto& [given, shown] : rows) EXPECT_EQ(without_password(given), shown);

  std::string place;
  std::vector<Setting> table{text_setting("DATABASE_URL", place, "")};
  table[0].shown = without_password;
  const char* url = "mysql://user:hunter2@host/db";
  EXPECT_EQ(load(table, {{"DATABASE_URL", url}}, {}, {}, {}).entries[0].value, "mysql://user:***@host/db");
  table[0].store = [](std::string_view) { return std::optional<std::string>("is no good"); };
  EXPECT_EQ(
      load(table, {}, {{"DATABASE_URL", url}}, {}, {}).faults,
      std::vector<std::string>{"DATABASE_URL: is no good (from environment, is 'mysql://user:***@host/db')"});
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

namespace {

/// A folder with files, removed when the test ends.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "papi-secret-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }
  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace

TEST(SecretFile, gives_the_content_without_one_newline_and_says_what_it_cannot_take) {
  const Folder folder;
  const std::string most(max_secret_bytes, 'x');
  struct Row {
    std::string content;
    std::string secret;  // or
    std::string fault;
  };
  const Row rows[] = {
      {"hunter2", "hunter2", ""},
      {"hunter2\n", "hunter2", ""},
      {"hunter2\r\n", "hunter2", ""},
      {"hunter2\n\n", "hunter2\n", ""},
      {" hunter2 \n", " hunter2 ", ""},
      {"hunter2\r", "hunter2\r", ""},
      {most, most, ""},
      {most + "\n", "", "is too large: a secret has at most 16384 bytes"},
      {most + most + most, "", "is too large: a secret has at most 16384 bytes"},
      {"", "", "is empty"},
      {"\n", "", "is empty"},
      {"\r\n", "", "is empty"},
      {std::string("hunter\0002", 8), "", "holds a zero byte: it must be UTF-8 text"},
  };
  for (const Row& row : rows) {
    const auto read = read_secret_file(folder.file("secret", row.content));
    EXPECT_EQ(read ? *read : "", row.secret);
    EXPECT_EQ(read ? "" : read.error().message, row.fault);
  }
  const auto fault = [](const std::string& path) {
    const auto read = read_secret_file(path);
    return read ? "" : read.error().message;
  };
  EXPECT_EQ(fault(folder.path("none")), "cannot be read: No such file or directory");
  EXPECT_EQ(fault(folder.path("")), "is no regular file") << "a folder";
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(fault(folder.path("pipe")), "is no regular file") << "nobody would ever write to it";
  EXPECT_EQ(fault("/dev/zero"), "is no regular file");
  ASSERT_EQ(::symlink(folder.file("real", "hunter2").c_str(), folder.path("link").c_str()), 0);
  EXPECT_EQ(fault(folder.path("link")), "") << "as Kubernetes mounts secrets";
}

TEST(Settings, a_secret_comes_from_a_file_that_environment_or_dotenv_names) {
  const Folder folder;
  const std::string good = folder.file("good", "from the file\n"), other = folder.file("other", "other");
  const std::string lines = folder.file("lines", "a\nb\n"), empty = folder.file("empty", "\n");
  const std::string none = folder.path("none");
  struct Row {
    Values flags, environment, dotenv;
    std::string secret, shown, origin;
    std::vector<std::string> faults;
  };
  const std::string file = "API_KEY_FILE", in = "file " + good;
  const Row rows[] = {
      {{}, {{file, good}}, {}, "from the file", "***", in + " (environment)", {}},
      {{}, {}, {{file, good}}, "from the file", "***", in + " (.env)", {}},
      {{{file, good}}, {}, {}, "from the file", "***", in + " (flag)", {}},
      {{}, {{file, " " + good + " "}}, {}, "from the file", "***", in + " (environment)", {}},
      // The environment wins over .env.
      {{}, {{file, good}}, {{file, other}}, "from the file", "***", in + " (environment)", {}},
      // An empty value counts as not given: docker compose passes such values on.
      {{}, {{file, good}, {"API_KEY", ""}}, {}, "from the file", "***", in + " (environment)", {}},
      {{}, {{file, ""}, {"API_KEY", "typed"}}, {}, "typed", "***", "environment", {}},
      {{}, {{file, ""}}, {}, "", "", "default", {}},
      {{},
       {{file, good}, {"API_KEY", "typed"}},
       {},
       "",
       "",
       in + " (environment)",
       {"API_KEY: given twice, here (from environment) and by API_KEY_FILE (from environment); remove one"}},
      {{},
       {{file, good}},
       {{"API_KEY", "typed"}},
       "",
       "",
       in + " (environment)",
       {"API_KEY: given twice, here (from .env) and by API_KEY_FILE (from environment); remove one"}},
      {{},
       {{file, none}},
       {},
       "",
       "",
       "file " + none + " (environment)",
       {"API_KEY_FILE: '" + none + "' cannot be read: No such file or directory (from environment)"}},
      {{},
       {},
       {{file, empty}},
       "",
       "",
       "file " + empty + " (.env)",
       {"API_KEY_FILE: '" + empty + "' is empty (from .env)"}},
      {{},
       {{file, lines}},
       {},
       "",
       "***",
       "file " + lines + " (environment)",
       {"API_KEY_FILE: the content of '" + lines + "' must be one line (from environment)"}},
      // Only secrets can come from a file.
      {{}, {{"PORT_FILE", good}}, {}, "", "", "default", {}},
      {{}, {}, {{"SHOP_WEB_URL_FILE", good}}, "", "", "default", {}},
  };
  for (const Row& row : rows) {
    Example e;
    const Loaded all = load(e.table, row.flags, row.environment, row.dotenv, {});
    const std::string what = row.origin + " " + (row.faults.empty() ? "" : row.faults.front());
    EXPECT_EQ(all.faults, row.faults) << what;
    EXPECT_EQ(e.key.reveal(), row.secret) << what;
    EXPECT_EQ(all.entries[3].value, row.shown) << what;
    EXPECT_EQ(origin_of(all.entries[3]), row.origin);
  }
}

TEST(Settings, an_address_with_a_password_may_come_from_a_file_and_names_of_such_files_are_known) {
  const Folder folder;
  std::string place, path = "x";
  Secret key;
  std::vector<Setting> table{text_setting("DATABASE_URL", place, ""),
                             secret_setting("JWT_SECRET_KEY", key, ""),
                             text_setting("LOG_FILE_PATH", path, "")};
  table[0].shown = without_password;
  const std::string file = folder.file("url", "mysql://user:hunter2@host/db\n");
  const Loaded all = load(table, {}, {{"DATABASE_URL_FILE", file}}, {}, {"JWT_"});
  EXPECT_EQ(all.faults, std::vector<std::string>());
  EXPECT_EQ(place, "mysql://user:hunter2@host/db");
  EXPECT_EQ(all.entries[0].value, "mysql://user:***@host/db");
  const std::pair<const char*, const char*> misspelt[] = {
      {"DATABASE_URL_FIL", "did you mean DATABASE_URL_FILE?"},
      {"JWT_SECRET_KEYFILE", "did you mean JWT_SECRET_KEY_FILE?"},
      {"JWT_SECRET_KY", "did you mean JWT_SECRET_KEY?"},
  };
  for (const auto& [name, remedy] : misspelt) {
    EXPECT_EQ(
        load(table, {}, {{name, "x"}}, {}, {}).faults,
        std::vector<std::string>{std::string(name) + ": unknown setting in the environment; " + remedy});
  }
  const std::string page = markdown(table);
  EXPECT_NE(page.find("| `DATABASE_URL`, `DATABASE_URL_FILE` |"), std::string::npos) << page;
  EXPECT_NE(page.find("| `JWT_SECRET_KEY`, `JWT_SECRET_KEY_FILE` |"), std::string::npos);
  EXPECT_NE(page.find("| `LOG_FILE_PATH` |"), std::string::npos);
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
