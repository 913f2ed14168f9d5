#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "api_documents/asyncapi.hpp"
#include "api_documents/json_text.hpp"
#include "api_documents/openapi.hpp"
#include "api_documents/reference.hpp"
#include "app/account_commands.hpp"
#include "app/application.hpp"
#include "app/copy_command.hpp"
#include "app/error_rows.hpp"
#include "app/help.hpp"
#include "app/log_level_command.hpp"
#include "app/route_list.hpp"
#include "app/signals.hpp"
#include "app/start_check.hpp"
#include "app/tester_command.hpp"
#include "platform/base/text.hpp"
#include "platform/base/version.hpp"
#include "platform/config/command_line.hpp"
#include "platform/log/journal.hpp"
#include "platform/net/ip_address.hpp"

namespace papi::app {
namespace {

constexpr int exit_failed = 1;
constexpr int exit_bad_settings = 3;
constexpr int exit_in_use = 4;
constexpr int exit_bad_data = 5;

int exit_code_of(ErrorCode why) {
  switch (why) {
    case ErrorCode::conflict:
      return exit_in_use;
    case ErrorCode::unavailable:  // a server is away
      return exit_failed;
    case ErrorCode::database:
      return exit_bad_data;
    default:
      return exit_bad_settings;
  }
}

/// Writes the last message of a start that failed. The process ends even if nobody reads it.
void tell(const std::string& text) {
  std::string lines;
  const bool journal = is_journal_stream(STDERR_FILENO, std::getenv("JOURNAL_STREAM"));
  for (const char c : text) {
    if (journal && (lines.empty() || lines.back() == '\n')) {
      lines += '<';
      lines += journal_priority(LogLevel::error);
      lines += '>';
    }
    lines += c;
  }
  write_within(STDERR_FILENO, lines, std::chrono::seconds(1));
}

void print_faults(const config::Loaded& loaded) {
  std::string text = std::to_string(loaded.faults.size()) + " setting" +
                     (loaded.faults.size() == 1 ? " is" : "s are") + " wrong:\n";
  for (const std::string& fault : loaded.faults) text += "  " + visible(fault) + "\n";
  tell(text);
}

int print_settings(const config::Loaded& loaded) {
  for (const auto& entry : loaded.entries) {
    std::printf("%-36s %-44s %-12s %s\n", entry.setting->name.c_str(),
                entry.value.empty() ? "(empty)" : visible(to_utf8(entry.value)).c_str(),
                visible(to_utf8(origin_of(entry))).c_str(), entry.setting->description.c_str());
  }
  return 0;
}

void print_warnings(const config::Loaded& loaded) {
  for (const std::string& warning : loaded.warnings)
    std::fprintf(stderr, "warning: %s\n", visible(warning).c_str());
}

int check_settings(const Settings& settings, config::Loaded loaded) {
  print_warnings(loaded);
  if (loaded.faults.empty()) loaded.faults = start_faults(settings);
  if (loaded.faults.empty()) {
    std::puts("all settings are good");
    return 0;
  }
  print_faults(loaded);
  return 1;
}

/// Opens the log file, and logs what the settings warn of. Returns false if it cannot be opened.
bool open_log(Logger& log, const LogOptions& options, const Settings& settings,
              const config::Loaded& loaded) {
  if (const auto fault = start_log_file(log, options, settings.log)) {
    tell("LOG_FILE_PATH: " + visible(*fault) + "\n");
    return false;
  }
  for (const std::string& warning : loaded.warnings) log.warning("Setting", {{"warning", warning}});
  return true;
}

int serve(const Settings& settings, const config::Loaded& loaded,
          std::chrono::steady_clock::time_point started) {
  if (!loaded.faults.empty()) {
    print_faults(loaded);
    return exit_bad_settings;
  }
  hold_stop();
  const SystemClock clock;
  const LogOptions options = log_options(settings.log, "profile_api", started_by_hand(StartedBy::system()));
  Logger log(options, clock);
  if (!open_log(log, options, settings, loaded)) return exit_bad_settings;
  Application application(settings, log, clock);
  ServiceSignals signals(log);
  const auto port = application.start(signals.pause());
  if (signals.stop_asked()) {
    if (port && !application.stop()) {
      log.flush();
      std::_Exit(0);
    }
    log.info("Stopped before the service was ready");
    return 0;
  }
  if (!port) {
    log.flush();
    tell("profile-api cannot start: " + visible(port.error().message) + "\n");
    return exit_code_of(port.error().code);
  }
  const auto took = std::chrono::duration<double, std::milli>(clock.steady() - started).count();
  const auto url = (settings.auth.tls_cert_file.empty() ? "http://" : "https://") +
                   local_host_and_port(settings.host, *port);
  log.info("Service ready", {{"url", url},
                             {"address", host_and_port(settings.host, *port)},
                             {"database", config::without_password(settings.database_url)},
                             {"version", version},
                             {"resumed_sessions", application.resumed_sessions()},
                             {"ready_ms", took}});
  // Only a terminal gets the code: other output is kept as a log, and a log holds no secret.
  if (isatty(STDERR_FILENO) == 1) {
    if (const auto link = application.make_sign_in_link())
      tell("Open " + *link + "  (signs in once, within 15 minutes)\n");
  }
  signals.wait_for_stop([&application] { application.reload(); });
  log.info("Shutting down");
  const bool in_order = application.stop();
  log.info("Stopped");
  if (in_order) return 0;
  log.flush();
  std::_Exit(0);
}

int serve_tester(const Settings& settings, const config::Loaded& loaded) {
  if (!loaded.faults.empty()) {
    print_faults(loaded);
    return exit_bad_settings;
  }
  hold_stop();
  const SystemClock clock;
  // LOG_TO_FILE=auto: the file is that of the service, which may run in the same folder.
  const LogOptions options = log_options(settings.log, "profile_api_tester", false);
  Logger log(options, clock);
  if (!open_log(log, options, settings, loaded)) return exit_bad_settings;
  const auto ran = run_tester(settings, log, clock);
  if (ran) return 0;
  log.flush();
  tell("the tester cannot start: " + visible(ran.error().message) + "\n");
  return exit_code_of(ran.error().code);
}

enum class RouteForm { json, markdown, openapi, asyncapi };

std::string in_form(RouteForm form, const std::vector<http::Route>& routes) {
  switch (form) {
    case RouteForm::markdown:
      return routes_as_markdown(routes) + "\n## Each route\n" + api_documents::reference(routes);
    case RouteForm::openapi:
      return api_documents::json_text(api_documents::openapi(routes, http::ErrorTable(error_rows()))) + "\n";
    case RouteForm::asyncapi:
      return api_documents::json_text(api_documents::asyncapi(routes)) + "\n";
    default:
      return routes_as_json(routes);
  }
}

int print_routes(const Settings& settings, RouteForm form) {
  const SystemClock clock;
  LogOptions quiet;
  quiet.level = LogLevel::critical;
  Logger log(quiet, clock);
  Application application(settings, log, clock);
  const auto routes = application.routes();
  std::fputs(in_form(form, routes).c_str(), stdout);
  return routes.empty() ? 1 : 0;
}

}  // namespace
}  // namespace papi::app

int main(int argc, char** argv) {
  using namespace papi;
  app::hold_signals();
  umask(027);  // the database holds hashes and addresses
  // Disables malloc's fastbins: glibc merges them at every larger allocation, and each event makes some of
  // these. This has no other cost, because threads have caches of small blocks.
  mallopt(M_MXFAST, 0);
  const auto started = std::chrono::steady_clock::now();
  app::Settings settings;
  const auto table = app::setting_table(settings);

  CLI::App cli(
      "Profile & Engagement API for TikTok LIVE: follows rooms and delivers their events without loss",
      "profile-api");
  cli.set_version_flag("--version", std::string(version));
  cli.fallthrough();
  config::Values flags;
  const auto add_flag = [&cli, &flags](const std::string& name, const std::string& description) {
    cli.add_option_function<std::string>(
        config::flag_of(name), [&flags, name](const std::string& value) { flags[name] = value; },
        description);
  };
  for (const auto& setting : table) {
    // A secret in an argument would be visible in the process list. The path of its file may be visible.
    if (!setting.secret) add_flag(setting.name, setting.description);
    if (setting.may_hold_secret()) add_flag(setting.file_name(), "A file that holds " + setting.name);
  }
  auto* config_command =
      cli.add_subcommand("config", "Print every setting with its value, origin and meaning");
  auto* check = config_command->add_subcommand("check", "Exit 1 with every fault, or 0");
  auto* markdown = config_command->add_subcommand("markdown", "Print docs/configuration.md's table");
  cli.add_subcommand("serve", "Run the service (the default)");
  auto* tester_command =
      cli.add_subcommand("tester", "Serve the page on TESTER_PORT, for the service at PROFILE_API_URL");
  auto* routes =
      cli.add_subcommand("routes", "Print every route with its permission and rate limit, as JSON");
  auto* routes_markdown = routes->add_subcommand("markdown", "The same as docs/api.md's tables");
  auto* openapi = cli.add_subcommand("openapi", "Print the OpenAPI document of the routes");
  auto* asyncapi =
      cli.add_subcommand("asyncapi", "Print the AsyncAPI document of the WebSockets and streams");
  auto* errors =
      cli.add_subcommand("errors", "Print every error code with its meaning and remedy, as Markdown");
  const app::AccountCommands accounts(cli);
  const app::CopyCommand copy(cli);
  const app::LogLevelCommand log_level(cli);
  bool help_settings = false;
  cli.add_flag("--help-settings", help_settings, "Print all settings with their defaults");
  app::install_help(cli, table);
  if (const auto code = config::parse_arguments(cli, argc, argv)) return *code;

  if (help_settings) {
    std::fputs(app::settings_help(table).c_str(), stdout);
    return 0;
  }
  if (markdown->parsed()) {
    std::fputs(config::markdown(table).c_str(), stdout);
    return 0;
  }
  if (errors->parsed()) {
    std::fputs(http::ErrorTable(app::error_rows()).markdown().c_str(), stdout);
    return 0;
  }
  if (copy.asked()) {
    app::release_hangup();
    return copy.run();
  }
  const bool of_routes = routes->parsed() || openapi->parsed() || asyncapi->parsed();
  const bool commands = accounts.asked() || log_level.asked() || of_routes;
  const app::Purpose purpose = log_level.asked()          ? app::Purpose::client
                               : commands                 ? app::Purpose::command
                               : tester_command->parsed() ? app::Purpose::tester
                                                          : app::Purpose::serve;
  const config::Loaded loaded = app::load_settings(table, settings, flags, purpose);
  if (commands || config_command->parsed()) app::release_hangup();
  if (commands && !loaded.faults.empty()) {
    app::print_faults(loaded);
    return app::exit_bad_settings;
  }
  if (of_routes) {
    const auto form = openapi->parsed()           ? app::RouteForm::openapi
                      : asyncapi->parsed()        ? app::RouteForm::asyncapi
                      : routes_markdown->parsed() ? app::RouteForm::markdown
                                                  : app::RouteForm::json;
    return app::print_routes(settings, form);
  }
  if (accounts.asked()) return accounts.run(settings, SystemClock());
  if (log_level.asked()) return log_level.run(settings);
  if (check->parsed()) return app::check_settings(settings, loaded);
  if (config_command->parsed()) return app::print_settings(loaded);
  if (tester_command->parsed()) return app::serve_tester(settings, loaded);
  return app::serve(settings, loaded, started);
}
