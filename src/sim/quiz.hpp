#pragma once

// The quiz that a simulated room plays with --quiz: what is asked, who answers what and how it is written. It
// has no clock and does no I/O.

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/base/json_writer.hpp"
#include "sim/cast.hpp"

namespace papi::sim {

/// A question with four options. The letter of an option is `A` plus its index.
struct Question {
  std::string text;
  std::array<std::string, 4> options;
  char right = 'A';
};

/// What happens in a round at one moment, in the order of `at_ms`, which is the time since the round began.
struct QuizStep {
  enum class Kind : std::uint8_t { ask, vote, other_comment, close };
  Kind kind = Kind::ask;
  std::int64_t at_ms = 0;
  const Person* who = nullptr;
  char letter = '?';  // of a vote
  std::string text;   // the comment; the comment of `close` is written when the votes are known
};

struct QuizRound {
  std::int64_t number = 0;
  Question question;
  std::vector<QuizStep> steps;
};

/// The plan of one quiz. The same seed and cast give the same rounds.
class QuizPlan {
 public:
  /// `answer_ms` is the time from a question to its end. `cast` must outlive the plan.
  QuizPlan(std::uint64_t seed, std::int64_t answer_ms, const Cast& cast);

  QuizRound next_round();
  /// How long after the start of a round the next one begins.
  std::int64_t round_ms() const { return answer_ms_ + answer_ms_ / 3; }

 private:
  Question next_question();
  void add_votes(QuizRound& round);

  const Cast& cast_;
  Random random_;
  std::int64_t answer_ms_;
  std::int64_t rounds_ = 0;
  std::vector<std::size_t> order_;  // of the questions
};

/// A pattern of ECMAScript that reads every spelling of a vote and none of the other comments, to be used
/// with the flags `i` and `u`. Its first group is the letter.
inline constexpr std::string_view vote_pattern =
    R"(^\W*(?:(?:(?:my|the)\s+)?answer(?:\s+is)?|option|it'?s|i\s+(?:say|think))?\W*([a-d])\W*$)";

/// Returns the letter `A` to `D` that vote_pattern finds in the comment, or nullopt.
std::optional<char> vote_in(const std::string& comment);

/// What was really asked and answered. Only the first vote of a person in a round counts, and only until the
/// host ends the round.
class QuizTruth {
 public:
  static constexpr std::size_t kept_rounds = 200;

  void ask(std::int64_t number, const Question& question);
  void vote(const Person& who, char letter, const std::string& text);
  void close();
  /// The stream has ended, so an open round has no end.
  void interrupt();

  struct Vote {
    std::int64_t user_id;
    std::string username;
    std::string nickname;
    char letter;
    std::string text;
  };
  enum class State : std::uint8_t { open, closed, interrupted };
  struct Round {
    std::int64_t number = 0;
    Question question;
    State state = State::open;
    std::vector<Vote> votes;  // first votes, in order
    std::int64_t repeated = 0;
    std::int64_t late = 0;
    std::unordered_map<std::int64_t, std::size_t> voters = {};  // index in `votes` by user id

    /// Returns the first right vote, or nullptr.
    const Vote* first_right() const;
    std::int64_t count(char letter) const;
  };
  const std::deque<Round>& rounds() const { return rounds_; }

  /// Writes members into an open JSON object: asked, pattern, rounds.
  void write(JsonWriter& out) const;

 private:
  std::deque<Round> rounds_;
  std::int64_t asked_ = 0;
};

}  // namespace papi::sim
