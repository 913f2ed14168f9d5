#include "platform/config/command_line.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace papi::config {
namespace {

TEST(CommandLine, suggests_what_a_word_was_meant_to_be) {
  const std::vector<std::string> words{"serve", "config", "users", "db", "--log-level", "--password-file"};
  EXPECT_EQ(nearest_of("srve", words), "serve");
  EXPECT_EQ(nearest_of("confg", words), "config");
  EXPECT_EQ(nearest_of("user", words), "users");
  EXPECT_EQ(nearest_of("dv", words), "db");
  EXPECT_EQ(nearest_of("--lgo-level", words), "--log-level");
  EXPECT_EQ(nearest_of("--password", words), "--password-file");
  EXPECT_EQ(nearest_of("frobnicate", words), "");
  EXPECT_EQ(nearest_of("xy", words), "");
  EXPECT_EQ(nearest_of("", words), "");
}

struct Outcome {
  std::optional<int> code;
  std::string out, err;
  bool operator==(const Outcome&) const = default;
};

Outcome outcome_of(std::vector<const char*> arguments) {
  CLI::App app("A program", "program");
  std::int64_t number = 0;
  std::string name;
  app.add_option("--number", number, "A number");
  auto* things = app.add_subcommand("things", "Things");
  things->require_subcommand(1);
  auto* make = things->add_subcommand("make", "Make one");
  make->add_option("name", name, "Its name")->required();
  things->add_subcommand("list", "List them");
  app.fallthrough();
  arguments.insert(arguments.begin(), "program");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.code = parse_arguments(app, static_cast<int>(arguments.size()), arguments.data());
  std::fflush(stdout);
  outcome.out = testing::internal::GetCapturedStdout();
  outcome.err = testing::internal::GetCapturedStderr();
  return outcome;
}

TEST(CommandLine, says_what_is_wrong_and_ends_with_2) {
  const auto wrong = [](const std::string& text, const std::string& command = "program") {
    return Outcome{2, "", "program: " + text + "\nRun '" + command + " --help' for what it takes.\n"};
  };
  EXPECT_EQ(outcome_of({"thinks"}), wrong("unknown command 'thinks'; did you mean 'things'?"));
  EXPECT_EQ(outcome_of({"fly"}), wrong("unknown command 'fly'"));
  EXPECT_EQ(outcome_of({"--nubmer", "1"}), wrong("unknown option '--nubmer'; did you mean '--number'?"));
  EXPECT_EQ(outcome_of({"--nubmer=1"}), wrong("unknown option '--nubmer'; did you mean '--number'?"));
  EXPECT_EQ(outcome_of({"things", "mke", "x"}),
            wrong("unknown command 'mke'; did you mean 'make'?", "program things"));
  EXPECT_EQ(outcome_of({"things"}), wrong("A subcommand is required: make, list", "program things"));
  EXPECT_EQ(outcome_of({"things", "make"}), wrong("name is required", "program things make"));
  EXPECT_EQ(outcome_of({"things", "list", "x"}), wrong("unexpected argument 'x'", "program things list"));
  EXPECT_EQ(outcome_of({"things", "list", "--nubmer=1"}),
            wrong("unknown option '--nubmer'; did you mean '--number'?", "program things list"));
  EXPECT_EQ(outcome_of({"--number", "x"}), wrong("Could not convert: --number = x"));
}

TEST(CommandLine, goes_on_with_good_arguments_and_ends_with_0_after_help) {
  EXPECT_EQ(outcome_of({"things", "list"}), (Outcome{std::nullopt, "", ""}));
  const Outcome help = outcome_of({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_EQ(help.err, "");
  EXPECT_TRUE(help.out.starts_with("A program\n")) << help.out;
}

}  // namespace
}  // namespace papi::config
