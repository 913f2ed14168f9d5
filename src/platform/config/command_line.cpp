#include "platform/config/command_line.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "platform/base/text.hpp"

namespace papi::config {
namespace {

/// Returns the innermost command that was given.
const CLI::App& innermost(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().back();
  return *command;
}

/// Returns the name of the command with those of the commands around it.
std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent ? full_name(*parent) + " " + command.get_name() : command.get_name();
}

std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* app = &command; app; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

std::vector<std::string> commands_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* one : command.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(one->get_name());
  return names;
}

std::string about_unknown(const CLI::App& command, std::string word) {
  const bool is_option = word.starts_with('-') && word.size() > 1;
  if (is_option) word = word.substr(0, word.find('='));
  const std::vector<std::string> commands = commands_of(command);
  const std::string nearest = nearest_of(word, is_option ? options_of(command) : commands);
  std::string text = is_option          ? "unknown option "
                     : commands.empty() ? "unexpected argument "
                                        : "unknown command ";
  text += "'" + visible(to_utf8(word)) + "'";
  return nearest.empty() ? text : text + "; did you mean '" + nearest + "'?";
}

std::string about(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> unknown = app.remaining(true);
  if (!unknown.empty()) return about_unknown(innermost(app), unknown.front());
  std::string text = visible(to_utf8(error.what()));
  if (error.get_name() != "RequiredError") return text;
  std::string names;
  for (const std::string& name : commands_of(innermost(app))) names += (names.empty() ? "" : ", ") + name;
  return names.empty() ? text : text + ": " + names;
}

}  // namespace

std::string nearest_of(std::string_view word, const std::vector<std::string>& candidates) {
  std::string nearest;
  std::size_t best = word.size() < 5 ? 2 : 3;  // the first distance that is too large
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance >= best) continue;
    best = distance;
    nearest = candidate;
  }
  if (!nearest.empty()) return nearest;
  if (word.size() < 3) return "";
  const std::string longer = std::string(word) + "-";
  for (const std::string& candidate : candidates) {
    if (candidate.starts_with(longer)) return candidate;
  }
  return "";
}

std::optional<int> parse_arguments(CLI::App& app, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    const std::string command = full_name(innermost(app));
    std::fprintf(stderr, "%s: %s\nRun '%s --help' for what it takes.\n", app.get_name().c_str(),
                 about(app, error).c_str(), command.c_str());
    return exit_usage;
  }
}

}  // namespace papi::config
