#include "app/log_settings.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "app/file_modes.hpp"
#include "platform/base/text.hpp"
#include "platform/config/command_line.hpp"
#include "platform/log/journal.hpp"
#include "platform/log/log_folder.hpp"

namespace papi::app {
namespace {

constexpr std::string_view level_format = "one of DEBUG, INFO, WARNING, ERROR, CRITICAL";

std::string in_capitals(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

config::Setting level_setting(LogSettings& s) {
  config::Setting setting;
  setting.name = "LOG_LEVEL";
  setting.default_value = to_string(s.level);
  setting.format = level_format;
  setting.description =
      "The lowest level that is written to the application log; `profile-api log-level` changes it for a "
      "time";
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    const auto level = parse_log_level(in_capitals(value));
    if (!level) return "must be " + std::string(level_format);
    s.level = *level;
    return std::nullopt;
  };
  return setting;
}

std::optional<std::string> fault_of_component(const std::string& name) {
  const std::vector<std::string> known(std::begin(log_components), std::end(log_components));
  if (std::find(known.begin(), known.end(), name) != known.end()) return std::nullopt;
  const std::string nearest = config::nearest_of(name, known);
  if (!nearest.empty()) return "'" + name + "' is no component; did you mean " + nearest + "?";
  std::string names;
  for (const std::string& one : known) names += (names.empty() ? "" : ", ") + one;
  return "'" + name + "' is no component; there are " + names;
}

config::Setting levels_setting(LogSettings& s) {
  config::Setting setting;
  setting.name = "LOG_LEVELS";
  setting.format = "COMPONENT=LEVEL, by comma";
  setting.description = "Levels of components: access, auth, database, http, live, profiles, tester";
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    LogLevels::Configured levels;
    for (const std::string_view entry : split(value, ',')) {
      const std::string_view pair = trim(entry);
      if (pair.empty()) continue;
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos) return "must be COMPONENT=LEVEL, by comma";
      const std::string name(trim(pair.substr(0, equals)));
      if (auto fault = fault_of_component(name)) return fault;
      const auto level = parse_log_level(in_capitals(trim(pair.substr(equals + 1))));
      if (!level) return "the level of " + name + " must be " + std::string(level_format);
      levels.insert_or_assign(name, *level);
    }
    s.levels = std::move(levels);
    return std::nullopt;
  };
  return setting;
}

config::Setting to_file_setting(LogSettings& s) {
  config::Setting setting;
  setting.name = "LOG_TO_FILE";
  setting.default_value = "auto";
  setting.format = "auto, true or false";
  setting.description =
      "Also log to LOG_FILE_PATH (reopened on SIGUSR2 and SIGHUP); auto: if the service is started by hand, "
      "not by systemd and not in a container";
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    if (equals_ignoring_case(value, "auto")) {
      s.to_file = LogSettings::ToFile::automatic;
      return std::nullopt;
    }
    bool yes = false;
    if (config::bool_setting("LOG_TO_FILE", yes, "").store(value)) return "must be auto, true or false";
    s.to_file = yes ? LogSettings::ToFile::yes : LogSettings::ToFile::no;
    return std::nullopt;
  };
  return setting;
}

}  // namespace

void add_log_settings(std::vector<config::Setting>& t, LogSettings& s) {
  using namespace config;
  t.push_back(level_setting(s));
  t.push_back(levels_setting(s));
  t.push_back(choice_setting("LOG_FORMAT", s.format, {"text", "json"}, "Form of the log lines"));
  t.push_back(to_file_setting(s));
  t.push_back(text_setting("LOG_FILE_PATH", s.file_path,
                           "The log file; its folder is made where nobody else can exchange it", "path"));
  t.push_back(integer_setting("LOG_ROTATE_MB", s.rotate_mb, 0, 1'000'000,
                              "MiB at which the log file is rotated; 0: at any size it stays"));
  t.push_back(bool_setting("LOG_ROTATE_DAILY", s.rotate_daily, "Rotate the log file at local midnight"));
  t.push_back(integer_setting("LOG_ROTATE_KEEP", s.rotate_keep, 1, 10'000,
                              "Files that LOG_ROTATE_MB and LOG_ROTATE_DAILY keep besides the log file"));
  t.push_back(duration_setting("LOG_SLOW_REQUEST_THRESHOLD", s.slow_request, 0, 3'600'000,
                               "Milliseconds from which on a request is logged as `Slow request`, a WARNING; "
                               "0: none is"));
}

StartedBy StartedBy::system() {
  return {[](const char* name) -> const char* { return std::getenv(name); },
          [](const char* path) { return ::access(path, F_OK) == 0; }};
}

bool started_by_hand(const StartedBy& by) {
  // systemd.exec(5) sets the first two, container runtimes and Kubernetes the others.
  for (const char* name : {"INVOCATION_ID", "JOURNAL_STREAM", "container", "KUBERNETES_SERVICE_HOST"}) {
    const char* value = by.environment(name);
    if (value && *value != '\0') return false;
  }
  return !by.exists("/.dockerenv") && !by.exists("/run/.containerenv");
}

LogOptions log_options(const LogSettings& s, std::string name, bool by_hand) {
  LogOptions options;
  options.name = std::move(name);
  options.level = s.level;
  options.component_levels = s.levels;
  options.format = s.format == "json" ? LogFormat::json : LogFormat::text;
  options.output_is_journal = is_journal_stream(options.output, std::getenv("JOURNAL_STREAM"));
  const bool automatic = s.to_file == LogSettings::ToFile::automatic;
  if (s.to_file == LogSettings::ToFile::yes || (automatic && by_hand)) options.file_path = s.file_path;
  options.own_file_only = automatic;
  options.rotation.max_bytes = static_cast<std::uint64_t>(s.rotate_mb) * 1'048'576;
  options.rotation.daily = s.rotate_daily;
  options.rotation.keep = static_cast<std::size_t>(s.rotate_keep);
  return options;
}

std::optional<std::string> start_log_file(Logger& log, const LogOptions& options, const LogSettings& s) {
  if (options.file_path.empty()) return std::nullopt;
  std::optional<std::string> fault = make_log_folder(options.file_path);
  if (!fault && !log.open_file())
    fault = "'" + options.file_path + "' cannot be opened: " + std::strerror(errno);
  if (!fault) {
    if (log.has_file()) narrow_modes({options.file_path}, log);
    return std::nullopt;
  }
  if (s.to_file == LogSettings::ToFile::yes) return fault;
  log.warning("There is no log file",
              {{"reason", *fault}, {"remedy", "set LOG_FILE_PATH, or LOG_TO_FILE=false"}});
  return std::nullopt;
}

}  // namespace papi::app
