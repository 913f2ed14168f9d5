#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "platform/config/setting.hpp"
#include "platform/log/logger.hpp"

namespace papi::app {

/// The components of the application log that may have a level of their own: see ComponentLogs.
inline constexpr std::string_view log_components[] = {"access", "auth",     "database", "http",
                                                      "live",   "profiles", "tester"};

/// The loggers of the parts of the service. The access log makes its own, `access`.
struct ComponentLogs {
  explicit ComponentLogs(Logger& program)
      : auth(program, "auth"),
        database(program, "database"),
        http(program, "http"),
        live(program, "live"),
        profiles(program, "profiles"),
        tester(program, "tester") {}
  Logger auth;
  Logger database;
  Logger http;
  Logger live;
  Logger profiles;
  Logger tester;
};

/// The settings of the application log.
struct LogSettings {
  enum class ToFile { automatic, yes, no };

  LogLevel level = LogLevel::info;
  LogLevels::Configured levels;  // of components
  std::string format = "text";
  ToFile to_file = ToFile::automatic;
  std::string file_path = "./profile_api.log";
  std::int64_t rotate_mb = 0;
  bool rotate_daily = false;
  std::int64_t rotate_keep = 30;
  std::chrono::milliseconds slow_request{1'000};
};

void add_log_settings(std::vector<config::Setting>& table, LogSettings& s);

/// What the program can see of the one who started it.
struct StartedBy {
  std::function<const char*(const char* name)> environment;
  std::function<bool(const char* path)> exists;
  static StartedBy system();
};

/// Returns true if neither systemd nor a container runtime has started the program: it keeps no log of what
/// the program writes to standard output.
bool started_by_hand(const StartedBy& by);

/// Returns the options of the application log of a program called `name`. With LOG_TO_FILE=auto there is a
/// log file if `by_hand`.
LogOptions log_options(const LogSettings& s, std::string name, bool by_hand);

/// Makes the folder of the log file if need be, and opens the file. With LOG_TO_FILE=auto a file that cannot
/// be opened is only a warning. Returns what keeps the program from starting, or nullopt.
std::optional<std::string> start_log_file(Logger& log, const LogOptions& options, const LogSettings& s);

}  // namespace papi::app
