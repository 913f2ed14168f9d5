#pragma once

// What `profile-api --help` and its relatives print.

#include <string>
#include <vector>

#include "platform/config/setting.hpp"

namespace CLI {
class App;
}

namespace papi::app {

/// Makes `--help` of the program fit one screen, and gives each command's `--help` an example. Call it when
/// all commands are declared. `table` must outlive `cli`.
void install_help(CLI::App& cli, const std::vector<config::Setting>& table);

/// Returns the text of `--help-settings`: every setting with its default, by group.
std::string settings_help(const std::vector<config::Setting>& table);

/// Returns the group of a setting, `Other` if none is known.
std::string_view group_of(std::string_view setting);

}  // namespace papi::app
