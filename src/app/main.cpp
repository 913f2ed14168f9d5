#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <thread>

#include "app/account_commands.hpp"
#include "app/application.hpp"
#include "app/file_modes.hpp"
#include "app/route_list.hpp"
#include "platform/base/text.hpp"
#include "platform/base/version.hpp"

namespace papi::app {
namespace {

constexpr int exit_bad_settings = 3;
constexpr int exit_in_use = 4;
constexpr int exit_bad_data = 5;

int exit_code_of(ErrorCode why) {
  switch (why) {
    case ErrorCode::conflict:
    case ErrorCode::unavailable:  // a lock of another program
      return exit_in_use;
    case ErrorCode::database:
      return exit_bad_data;
    default:
      return exit_bad_settings;
  }
}

/// Waits while the service cannot start yet; SIGTERM and SIGINT end the wait. `stop_asked` says whether.
sqlite::Pause pause_for_signals(const sigset_t& signals, bool& stop_asked) {
  return [&signals, &stop_asked](std::chrono::milliseconds time) {
    const timespec limit{time.count() / 1'000, time.count() % 1'000 * 1'000'000};
    const int signal = sigtimedwait(&signals, nullptr, &limit);
    stop_asked = signal == SIGTERM || signal == SIGINT;
    return !stop_asked;
  };
}

LogLevel log_level(const Settings& s) {
  for (LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) {
    if (to_string(level) == s.log_level) return level;
  }
  return LogLevel::critical;
}

void print_faults(const config::Loaded& loaded) {
  std::fprintf(stderr, "%zu setting%s wrong:\n", loaded.faults.size(),
               loaded.faults.size() == 1 ? " is" : "s are");
  for (const std::string& fault : loaded.faults) std::fprintf(stderr, "  %s\n", visible(fault).c_str());
}

int print_settings(const config::Loaded& loaded) {
  for (const auto& entry : loaded.entries) {
    std::printf("%-36s %-44s %-12s %s\n", entry.setting->name.c_str(),
                entry.value.empty() ? "(empty)" : visible(to_utf8(entry.value)).c_str(),
                visible(to_utf8(origin_of(entry))).c_str(), entry.setting->meaning.c_str());
  }
  return 0;
}

void print_warnings(const config::Loaded& loaded) {
  for (const std::string& warning : loaded.warnings)
    std::fprintf(stderr, "warning: %s\n", visible(warning).c_str());
}

int check_settings(const config::Loaded& loaded) {
  print_warnings(loaded);
  if (loaded.faults.empty()) {
    std::puts("all settings are good");
    return 0;
  }
  print_faults(loaded);
  return 1;
}

/// SIGHUP reopens the log and reads the certificate again; SIGTERM and SIGINT stop; a second one of these
/// ends the process at once.
void wait_for_stop(const sigset_t& signals, Application& application, Logger& log) {
  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGHUP) break;
    log.reopen_file();
    log.info("Log file reopened");
    application.reload();
  }
  std::thread([&signals] {
    int signal = SIGHUP;
    while (signal == SIGHUP) sigwait(&signals, &signal);
    _exit(1);
  }).detach();
}

int serve(const Settings& settings, const config::Loaded& loaded,
          std::chrono::steady_clock::time_point started) {
  if (!loaded.faults.empty()) {
    print_faults(loaded);
    return exit_bad_settings;
  }
  // Before any thread exists, so that all inherit it and only wait_for_stop() sees the signals.
  static sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  const SystemClock clock;
  LogOptions options;
  options.level = log_level(settings);
  options.format = settings.log_format == "json" ? LogFormat::json : LogFormat::text;
  if (settings.log_to_file) options.file_path = settings.log_file_path;
  Logger log(options, clock);
  if (!log.open_file()) {
    std::fprintf(stderr, "LOG_FILE_PATH: '%s' cannot be opened\n", settings.log_file_path.c_str());
    return exit_bad_settings;
  }
  for (const std::string& warning : loaded.warnings) log.warning("Setting", {{"warning", warning}});
  if (settings.log_to_file) narrow_modes({settings.log_file_path}, log);
  Application application(settings, log, clock);
  bool stop_asked = false;
  const auto port = application.start(pause_for_signals(signals, stop_asked));
  if (stop_asked) {
    log.info("Stopped before the service was ready");
    return 0;
  }
  if (!port) {
    log.flush();
    std::fprintf(stderr, "profile-api cannot start: %s\n", visible(port.error().message).c_str());
    return exit_code_of(port.error().code);
  }
  const auto took = std::chrono::duration<double, std::milli>(clock.steady() - started).count();
  const std::string shown = settings.host == "0.0.0.0" || settings.host == "::" ? "127.0.0.1" : settings.host;
  const std::string scheme = settings.auth.tls_cert_file.empty() ? "http://" : "https://";
  log.info("Service ready",
           {{"url", scheme + shown + ":" + std::to_string(*port)}, {"version", version}, {"ready_ms", took}});
  wait_for_stop(signals, application, log);
  log.info("Shutting down");
  const bool in_order = application.stop();
  log.info("Stopped");
  if (in_order) return 0;
  log.flush();
  std::_Exit(0);
}

int print_routes(const Settings& settings, bool as_markdown) {
  const SystemClock clock;
  LogOptions quiet;
  quiet.level = LogLevel::critical;
  Logger log(quiet, clock);
  Application application(settings, log, clock);
  const auto routes = application.routes();
  std::fputs((as_markdown ? routes_as_markdown(routes) : routes_as_json(routes)).c_str(), stdout);
  return routes.empty() ? 1 : 0;
}

}  // namespace
}  // namespace papi::app

int main(int argc, char** argv) {
  using namespace papi;
  umask(027);  // the database holds hashes and addresses
  // No fastbins: glibc merges them at every larger allocation, and each event makes some. Costs nothing else,
  // as threads have caches of small blocks.
  mallopt(M_MXFAST, 0);
  const auto started = std::chrono::steady_clock::now();
  app::Settings settings;
  const auto table = app::setting_table(settings);

  CLI::App cli("Profile & Engagement API for TikTok LIVE");
  cli.set_version_flag("--version", std::string(version));
  cli.fallthrough();
  config::Values flags;
  const auto add_flag = [&cli, &flags](const std::string& name, const std::string& meaning) {
    cli.add_option_function<std::string>(
        config::flag_of(name), [&flags, name](const std::string& value) { flags[name] = value; }, meaning);
  };
  for (const auto& setting : table) {
    // A secret in an argument would show in the process list; the path of its file may.
    if (!setting.secret) add_flag(setting.name, setting.meaning);
    if (setting.may_hold_secret()) add_flag(setting.file_name(), "A file that holds " + setting.name);
  }
  auto* config_command =
      cli.add_subcommand("config", "Print every setting with its value, origin and meaning");
  auto* check = config_command->add_subcommand("check", "Exit 1 with every fault, or 0");
  auto* markdown = config_command->add_subcommand("markdown", "Print docs/configuration.md's table");
  cli.add_subcommand("serve", "Run the service (the default)");
  auto* routes =
      cli.add_subcommand("routes", "Print every route with its permission and rate limit, as JSON");
  auto* routes_markdown = routes->add_subcommand("markdown", "The same as docs/api.md's table");
  const app::AccountCommands accounts(cli);
  CLI11_PARSE(cli, argc, argv);

  if (markdown->parsed()) {
    std::fputs(config::markdown(table).c_str(), stdout);
    return 0;
  }
  const bool commands = accounts.asked() || routes->parsed();
  const config::Loaded loaded =
      app::load_settings(table, settings, flags, commands ? app::Purpose::command : app::Purpose::serve);
  if (commands && !loaded.faults.empty()) {
    app::print_faults(loaded);
    return app::exit_bad_settings;
  }
  if (routes->parsed()) return app::print_routes(settings, routes_markdown->parsed());
  if (accounts.asked()) return accounts.run(settings, SystemClock());
  if (check->parsed()) return app::check_settings(loaded);
  if (config_command->parsed()) return app::print_settings(loaded);
  return app::serve(settings, loaded, started);
}
