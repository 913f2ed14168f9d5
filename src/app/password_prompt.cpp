#include "app/password_prompt.hpp"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>

namespace papi::app {
namespace {

/// Reads a line from the terminal without echo. Returns nullopt if there is no terminal or no line.
std::optional<std::string> ask_hidden(const char* question) {
  termios shown{};
  if (tcgetattr(STDIN_FILENO, &shown) != 0) return std::nullopt;
  termios hidden = shown;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  std::fputs(question, stderr);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  std::string line;
  const bool read = static_cast<bool>(std::getline(std::cin, line));
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
  std::fputc('\n', stderr);
  return read ? std::optional(line) : std::nullopt;
}

}  // namespace

Result<Secret> read_password(const std::string& file) {
  if (!file.empty()) {
    std::ifstream opened;
    if (file != "-") opened.open(file);
    std::string line;
    if (!std::getline(file == "-" ? std::cin : opened, line))
      return invalid("--password-file", "'" + file + "' cannot be read");
    if (line.ends_with('\r')) line.pop_back();
    return Secret(std::move(line));
  }
  if (isatty(STDIN_FILENO) == 0)
    return invalid("--password-file", "needed without a terminal: a file, or - for standard input");
  const auto first = ask_hidden("New password: ");
  const auto again = ask_hidden("Once more: ");
  if (!first || !again) return invalid("password", "none was given");
  if (*first != *again) return invalid("password", "the two differ");
  return Secret(*first);
}

}  // namespace papi::app
