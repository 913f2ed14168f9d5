#include "app/log_settings.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace papi::app {
namespace {

namespace fs = std::filesystem;

struct ReadLog {
  LogSettings settings;
  std::vector<std::string> faults;
};

ReadLog read_log(const config::Values& environment) {
  ReadLog out;
  std::vector<config::Setting> table;
  add_log_settings(table, out.settings);
  out.faults = config::load(table, {}, environment, {}, {}).faults;
  return out;
}

StartedBy started_by(std::map<std::string, std::string> environment, std::set<std::string> files = {}) {
  StartedBy by;
  by.environment = [environment = std::move(environment)](const char* name) -> const char* {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  };
  by.exists = [files = std::move(files)](const char* path) { return files.contains(path); };
  return by;
}

/// A program that logs into a folder of its own.
struct LogFileTest : testing::Test {
  LogFileTest() {
    char name[] = "/tmp/log-settings-XXXXXX";
    folder = ::mkdtemp(name);
    output = ::open((folder + "/output").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    settings.file_path = folder + "/logs/app.log";
  }
  ~LogFileTest() override {
    ::close(output);
    fs::remove_all(folder);
  }
  /// Starts the log, and returns the fault and what standard output says.
  std::pair<std::optional<std::string>, std::string> start(bool by_hand) {
    LogOptions options = log_options(settings, "shop", by_hand);
    options.output = output;
    std::optional<std::string> fault;
    {
      const ManualClock clock;
      Logger log(options, clock);
      fault = start_log_file(log, options, settings);
    }
    std::ostringstream text;
    text << std::ifstream(folder + "/output").rdbuf();
    return {fault, text.str()};
  }
  bool made() const { return fs::exists(settings.file_path); }

  std::string folder;
  int output = -1;
  LogSettings settings;
};

}  // namespace

TEST(LogSettings, a_file_is_written_by_default_only_if_a_person_started_the_program) {
  EXPECT_TRUE(started_by_hand(started_by({})));
  EXPECT_TRUE(started_by_hand(started_by({{"INVOCATION_ID", ""}, {"TERM", "xterm"}})));
  for (const char* name : {"INVOCATION_ID", "JOURNAL_STREAM", "container", "KUBERNETES_SERVICE_HOST"})
    EXPECT_FALSE(started_by_hand(started_by({{name, "x"}}))) << name;
  for (const char* file : {"/.dockerenv", "/run/.containerenv"})
    EXPECT_FALSE(started_by_hand(started_by({}, {file}))) << file;
  const struct {
    const char* value;
    bool by_hand, other;  // whether there is a file
  } rows[] = {{"auto", true, false}, {"AUTO", true, false}, {"true", true, true},
              {"1", true, true},     {"off", false, false}, {"false", false, false}};
  for (const auto& row : rows) {
    const ReadLog it = read_log({{"LOG_TO_FILE", row.value}, {"LOG_FILE_PATH", "/x/app.log"}});
    EXPECT_TRUE(it.faults.empty()) << row.value;
    EXPECT_EQ(log_options(it.settings, "p", true).file_path, row.by_hand ? "/x/app.log" : "") << row.value;
    EXPECT_EQ(log_options(it.settings, "p", false).file_path, row.other ? "/x/app.log" : "") << row.value;
  }
  EXPECT_EQ(log_options(read_log({}).settings, "p", true).file_path, "./profile_api.log");
  EXPECT_EQ(log_options(read_log({}).settings, "p", false).file_path, "");
  EXPECT_EQ(
      read_log({{"LOG_TO_FILE", "maybe"}}).faults,
      std::vector<std::string>{"LOG_TO_FILE: must be auto, true or false (from environment, is 'maybe')"});
}

TEST(LogSettings, components_have_levels_of_their_own) {
  const ReadLog it = read_log({{"LOG_LEVEL", "warning"}, {"LOG_LEVELS", " access=ERROR, live = debug ,"}});
  EXPECT_TRUE(it.faults.empty());
  EXPECT_EQ(it.settings.level, LogLevel::warning);
  EXPECT_EQ(it.settings.levels,
            (LogLevels::Configured{{"access", LogLevel::error}, {"live", LogLevel::debug}}));
  const LogOptions options = log_options(it.settings, "p", false);
  EXPECT_EQ(options.level, LogLevel::warning);
  EXPECT_EQ(options.component_levels, it.settings.levels);
  const std::pair<const char*, const char*> wrong[] = {
      {"lives=DEBUG", "'lives' is no component; did you mean live?"},
      {"kitchen=DEBUG",
       "'kitchen' is no component; there are access, auth, database, http, live, profiles, tester"},
      {"live=LOUD", "the level of live must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL"},
      {"live", "must be COMPONENT=LEVEL, by comma"}};
  for (const auto& [value, fault] : wrong) {
    EXPECT_EQ(read_log({{"LOG_LEVELS", value}}).faults,
              std::vector<std::string>{std::string("LOG_LEVELS: ") + fault + " (from environment, is '" +
                                       value + "')"});
  }
}

TEST(LogSettings, every_component_of_the_list_has_a_logger) {
  const ManualClock clock;
  LogOptions quiet;
  quiet.level = LogLevel::critical;
  Logger log(quiet, clock);
  const ComponentLogs logs(log);
  std::vector<std::string> components = log.components();
  components.insert(components.begin(), "access");  // the access log is made with the middlewares
  EXPECT_EQ(components, std::vector<std::string>(std::begin(log_components), std::end(log_components)));
}

TEST(LogSettings, rotation_and_the_slow_request_reach_the_options) {
  const ReadLog it = read_log({{"LOG_ROTATE_MB", "3"},
                               {"LOG_ROTATE_DAILY", "true"},
                               {"LOG_ROTATE_KEEP", "7"},
                               {"LOG_SLOW_REQUEST_THRESHOLD", "250"}});
  EXPECT_TRUE(it.faults.empty());
  const LogOptions options = log_options(it.settings, "p", false);
  EXPECT_EQ(options.rotation.max_bytes, 3'145'728u);
  EXPECT_TRUE(options.rotation.daily);
  EXPECT_EQ(options.rotation.keep, 7u);
  EXPECT_EQ(it.settings.slow_request, std::chrono::milliseconds(250));
  const LogOptions plain = log_options(read_log({}).settings, "p", false);
  EXPECT_EQ(plain.rotation.max_bytes, 0u);
  EXPECT_FALSE(plain.rotation.daily);
}

TEST_F(LogFileTest, the_folder_is_made_and_the_file_opened) {
  settings.to_file = LogSettings::ToFile::yes;
  EXPECT_EQ(start(false).first, std::nullopt);
  EXPECT_TRUE(made());
}

TEST_F(LogFileTest, a_file_that_was_asked_for_and_cannot_be_had_keeps_the_program_from_starting) {
  settings.to_file = LogSettings::ToFile::yes;
  std::ofstream(folder + "/logs") << "in the way";
  const auto [fault, output_text] = start(false);
  EXPECT_EQ(fault, "'" + settings.file_path + "' cannot be opened: Not a directory");
  EXPECT_EQ(output_text, "");
}

TEST_F(LogFileTest, by_default_such_a_file_is_a_warning) {
  std::ofstream(folder + "/logs") << "in the way";
  const auto [fault, output_text] = start(true);
  EXPECT_EQ(fault, std::nullopt);
  EXPECT_NE(output_text.find("WARNING shop: There is no log file reason=\"'" + settings.file_path +
                             "' cannot be opened: Not a directory\""),
            std::string::npos)
      << output_text;
}

TEST_F(LogFileTest, by_default_no_second_line_goes_to_a_file_that_standard_output_writes) {
  settings.file_path = folder + "/output";
  EXPECT_EQ(start(true), std::make_pair(std::optional<std::string>(), std::string()));
}

}  // namespace papi::app
