#pragma once

// What the programs of this repository have in common on the command line: messages about wrong arguments
// with a suggestion, and exit codes.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace papi::config {

constexpr int exit_usage = 2;

/// Returns the candidate that `word` was probably meant to be, or an empty text. A candidate is near if it is
/// within two edits (one edit if the word has less than five characters), or if it begins with the word and a
/// hyphen.
std::string nearest_of(std::string_view word, const std::vector<std::string>& candidates);

/// Parses the arguments. Returns nullopt if the program should go on, else its exit code: 0 after --help and
/// --version, exit_usage after a message about wrong arguments.
std::optional<int> parse_arguments(CLI::App& app, int argc, const char* const* argv);

}  // namespace papi::config
