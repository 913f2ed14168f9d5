#include "app/help.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "platform/base/text.hpp"

namespace papi::app {
namespace {

/// The order in which commands are listed. Others follow.
constexpr std::string_view first_commands[] = {"serve",  "tester", "users",  "keys",     "stream-tokens",
                                               "tokens", "db",     "config", "log-level"};

constexpr std::string_view most_used[] = {"PORT",    "HOST",      "DATABASE_URL",
                                          "API_KEY", "LOG_LEVEL", "TIKTOK_SIGN_API_KEY"};

struct Example {
  std::string_view command;  // with the command around it
  std::string_view line;
};
constexpr Example examples[] = {
    {"serve", "profile-api serve --port 8002 --database-url sqlite:///profiles.db"},
    {"tester", "profile-api tester"},
    {"users", "profile-api users create ann --role admin"},
    {"users create", "profile-api users create ann --role admin"},
    {"users list", "profile-api users list --json"},
    {"users set-password", "profile-api users set-password ann"},
    {"users disable", "profile-api users disable ann"},
    {"users enable", "profile-api users enable ann"},
    {"users sign-in-code", "profile-api users sign-in-code ann"},
    {"keys", "profile-api keys create --user ann --name overlay --permissions read"},
    {"keys create", "profile-api keys create --user ann --name overlay --permissions read --days 30"},
    {"keys list", "profile-api keys list --user ann"},
    {"keys rotate", "profile-api keys rotate k_0123456789abcdef --overlap-hours 24"},
    {"keys revoke", "profile-api keys revoke k_0123456789abcdef"},
    {"stream-tokens", "profile-api stream-tokens create --user ann --session quiz"},
    {"stream-tokens create",
     "profile-api stream-tokens create --user ann --session quiz --type comment,gift"},
    {"stream-tokens list", "profile-api stream-tokens list --user ann"},
    {"stream-tokens revoke", "profile-api stream-tokens revoke s_0123456789ab"},
    {"tokens", "profile-api tokens revoke ann"},
    {"tokens revoke", "profile-api tokens revoke ann"},
    {"tokens clear-revoked", "profile-api tokens clear-revoked"},
    {"db", "profile-api db copy --from sqlite:///profiles.db --to-file /run/secrets/postgres-url"},
    {"db copy", "profile-api db copy --from sqlite:///profiles.db --to-file /run/secrets/postgres-url"},
    {"config", "LOG_LEVEL=DEBUG profile-api config"},
    {"config check", "profile-api config check && profile-api"},
    {"config markdown", "profile-api config markdown"},
    {"log-level", "profile-api log-level DEBUG --component live --seconds 600"},
    {"routes", "profile-api routes"},
    {"routes markdown", "profile-api routes markdown"},
    {"openapi", "profile-api openapi >openapi.json"},
    {"asyncapi", "profile-api asyncapi >asyncapi.json"},
    {"errors", "profile-api errors"},
};

struct Group {
  std::string_view name;
  std::vector<std::string_view> prefixes;
};
const std::vector<Group>& groups() {
  static const std::vector<Group> all = {
      {"Service",
       {"ENVIRONMENT", "HOST", "PORT", "BASE_PATH", "WEB_CONCURRENCY", "SERVER_", "TLS_", "TRUSTED_PROXIES",
        "ENABLE_CORRELATION_ID"}},
      {"Tester page", {"TESTER_", "PROFILE_API_URL"}},
      {"Database", {"DATABASE_", "DB_"}},
      {"Callers and accounts",
       {"API_KEY", "PROFILE_API_KEY", "ADMIN_", "ALLOW_REGISTRATION", "LOGIN_", "PASSWORD_", "JWT_",
        "SESSIONS_SHARED", "AUDIT_", "STREAM_TOKEN", "SIGN_IN_"}},
      {"Limits", {"RATE_LIMIT_", "WEBSOCKET_MAX_PER_", "LIVE_MAX_SESSIONS"}},
      {"TikTok and the sign server", {"TIKTOK_", "LIVE_"}},
      {"Events and their readers", {"EVENTS_", "SUBSCRIBER_", "WEBSOCKET_", "SSE_"}},
      {"Profiles and pictures", {"AVATAR_", "CACHE_"}},
      {"Browsers", {"CORS_", "SECURITY_HEADERS_"}},
      {"Application log", {"LOG_"}},
      {"Metrics and monitoring", {"METRICS_", "MONITORING_"}},
  };
  return all;
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size() + 1, width), ' ');
  return text;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string command_lines(const CLI::App& cli) {
  std::vector<const CLI::App*> commands = commands_of(cli);
  const auto place = [](const CLI::App* command) {
    return std::find(std::begin(first_commands), std::end(first_commands), command->get_name());
  };
  std::stable_sort(commands.begin(), commands.end(),
                   [&](const CLI::App* a, const CLI::App* b) { return place(a) < place(b); });
  std::size_t width = 0;
  for (const CLI::App* command : commands) width = std::max(width, command->get_name().size() + 2);
  std::string text;
  for (const CLI::App* command : commands) {
    text += "  " + padded(command->get_name(), width) + command->get_description();
    std::string inner;
    for (const CLI::App* one : commands_of(*command)) inner += (inner.empty() ? "" : ", ") + one->get_name();
    text += (inner.empty() ? "" : ": " + inner) + "\n";
  }
  return text;
}

/// Returns the first clause of a description.
std::string_view first_clause(std::string_view description) {
  return description.substr(0, description.find_first_of(";:"));
}

std::string setting_lines(const std::vector<config::Setting>& table) {
  std::string text;
  for (const std::string_view name : most_used) {
    const auto found =
        std::find_if(table.begin(), table.end(), [&](const auto& setting) { return setting.name == name; });
    if (found == table.end()) continue;
    text += "  " + padded(found->name, 21) + std::string(first_clause(found->description));
    if (!found->default_value.empty()) text += " (default: " + found->default_value + ")";
    text += "\n";
  }
  return text;
}

std::string program_help(const CLI::App& cli, const std::vector<config::Setting>& table) {
  return cli.get_description() +
         "\n\nUsage: profile-api [COMMAND] [OPTIONS]\n\nCommands (COMMAND --help says more):\n" +
         command_lines(cli) + "\nMost used settings:\n" + setting_lines(table) +
         "Settings are flags (--log-level DEBUG), or stand in the environment or .env. Secrets have no "
         "flag.\n"
         "\nOptions:\n"
         "  --help           Print this page, or that of a command\n"
         "  --help-settings  Print all " +
         std::to_string(table.size()) +
         " settings with their defaults\n"
         "  --version        Print the version\n"
         "\nExamples:\n"
         "  API_KEY=$(openssl rand -hex 32) profile-api\n"
         "  profile-api keys create --user ann --name overlay --permissions read\n"
         "  profile-api config check\n";
}

void add_examples(CLI::App& app, const std::string& around) {
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    const std::string name = around + command->get_name();
    for (const Example& example : examples) {
      if (example.command == name) command->footer("Example:\n  " + std::string(example.line));
    }
    add_examples(*command, name + " ");
  }
}

}  // namespace

std::string_view group_of(std::string_view setting) {
  std::string_view best_group = "Other", best_prefix;
  for (const Group& group : groups()) {
    for (const std::string_view prefix : group.prefixes) {
      if (!setting.starts_with(prefix) || prefix.size() <= best_prefix.size()) continue;
      best_group = group.name;
      best_prefix = prefix;
    }
  }
  return best_group;
}

std::string settings_help(const std::vector<config::Setting>& table) {
  std::string text =
      "All settings with their defaults. LOG_LEVEL is the flag --log-level. A setting marked * may be a "
      "secret:\n"
      "it can also be given as the content of a file, with NAME_FILE. `profile-api config` shows the "
      "values.\n";
  std::vector<std::string_view> names;
  for (const Group& group : groups()) names.push_back(group.name);
  names.push_back("Other");
  for (const std::string_view name : names) {
    std::string lines;
    for (const config::Setting& setting : table) {
      if (group_of(setting.name) != name) continue;
      const std::string default_value = setting.default_value.empty() ? "-" : setting.default_value;
      lines += "  " + padded(setting.name + (setting.may_hold_secret() ? "*" : ""), 36) +
               padded(default_value, 26) + setting.description + "\n";
    }
    if (!lines.empty()) text += "\n" + std::string(name) + ":\n" + lines;
  }
  return text;
}

void install_help(CLI::App& cli, const std::vector<config::Setting>& table) {
  add_examples(cli, "");
  cli.formatter_fn([&table](const CLI::App* app, std::string name, CLI::AppFormatMode mode) {
    if (!app->get_parent()) return program_help(*app, table);
    return CLI::Formatter().make_help(app, std::move(name), mode);
  });
}

}  // namespace papi::app
