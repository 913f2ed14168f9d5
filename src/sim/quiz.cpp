#include "sim/quiz.hpp"

#include <algorithm>
#include <iterator>
#include <regex>
#include <set>

#include "sim/quiz_questions.hpp"

namespace papi::sim {
namespace {

/// How people write a vote besides the bare letter: `x` is the letter in lower case, `X` in upper case.
constexpr std::string_view spellings[] = {"X!",
                                          "x!!",
                                          "X)",
                                          "x)",
                                          "(X)",
                                          "x.",
                                          "X 🙏",
                                          "X???",
                                          " x ",
                                          "X!!!!",
                                          "it's X",
                                          "its x",
                                          "X 😎😎",
                                          "answer x",
                                          "Answer X",
                                          "\"X\"",
                                          "option X",
                                          "i say x",
                                          "I think X",
                                          "Answer: X",
                                          "my answer is X",
                                          "the answer is x",
                                          "👉 X"};
/// Comments of a round that are no votes, although they look a little like some.
constexpr std::string_view no_votes[] = {
    "A or B?", "hmm a hard one", "abcd",        "what was the question", "C ya later", "easy!!",
    "BBB 😂",  "i have no idea", "A+ question", "last one was better",   "D'oh",       "is it B or C"};

template <std::size_t N>
std::string_view one_of(const std::string_view (&from)[N], Random& random) {
  return from[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(N) - 1))];
}

template <class List>
void shuffle(List& list, Random& random) {
  for (std::size_t i = std::size(list); i > 1; --i) {
    std::swap(list[i - 1],
              list[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(i) - 1))]);
  }
}

std::string spelled(char letter, Random& random) {
  // No other letter of these texts is an `x` or `X`.
  std::string text(random.chance(0.4) ? random.chance(0.5) ? "x" : "X" : one_of(spellings, random));
  for (char& c : text) {
    if (c == 'X') c = letter;
    if (c == 'x') c = static_cast<char>(letter - 'A' + 'a');
  }
  return text;
}

std::string text_of(std::int64_t number, const Question& question) {
  std::string text = "Question " + std::to_string(number) + ": " + question.text;
  for (std::size_t i = 0; i < question.options.size(); ++i) {
    text += i == 0 ? " " : ", ";
    text += static_cast<char>('A' + i);
    text += ") " + question.options[i];
  }
  return text;
}

QuizStep vote_of(const Person& who, std::int64_t at_ms, char letter, Random& random) {
  return {QuizStep::Kind::vote, at_ms, &who, letter, spelled(letter, random)};
}

}  // namespace

QuizPlan::QuizPlan(std::uint64_t seed, std::int64_t answer_ms, const Cast& cast)
    : cast_(cast), random_(seed), answer_ms_(answer_ms) {}

Question QuizPlan::next_question() {
  if (order_.empty()) {
    for (std::size_t i = 0; i < std::size(quiz_questions); ++i) order_.push_back(i);
    shuffle(order_, random_);
  }
  const ListedQuestion& listed = quiz_questions[order_.back()];
  order_.pop_back();
  std::array<std::size_t, 4> places{0, 1, 2, 3};
  shuffle(places, random_);
  Question question;
  question.text = listed.text;
  for (std::size_t i = 0; i < places.size(); ++i) {
    question.options[i] = listed.options[places[i]];
    if (places[i] == 0) question.right = static_cast<char>('A' + i);
  }
  return question;
}

void QuizPlan::add_votes(QuizRound& round) {
  const auto letter = [&] {
    return random_.chance(0.5) ? round.question.right : static_cast<char>('A' + random_.between(0, 3));
  };
  std::set<std::int64_t> voters;
  const std::int64_t many = random_.between(24, 40);
  for (std::int64_t i = 0; i < many; ++i) {
    const Person& who = cast_.viewer(random_);
    if (!voters.insert(who.id).second) continue;
    if (random_.chance(0.08)) {  // too late
      const std::int64_t at = answer_ms_ + random_.between(answer_ms_ / 50, answer_ms_ / 5);
      round.steps.push_back(vote_of(who, at, letter(), random_));
      continue;
    }
    // Most people answer early.
    const std::int64_t at = std::min(random_.between(answer_ms_ / 20, answer_ms_ - 1),
                                     random_.between(answer_ms_ / 20, answer_ms_ - 1));
    round.steps.push_back(vote_of(who, at, letter(), random_));
    if (!random_.chance(0.15)) continue;
    // Some answer again, and some of them too late.
    const std::int64_t again = random_.between(at + 1, answer_ms_ + answer_ms_ / 5);
    round.steps.push_back(vote_of(who, again, letter(), random_));
  }
  const std::int64_t others = random_.between(3, 8);
  for (std::int64_t i = 0; i < others; ++i) {
    round.steps.push_back({QuizStep::Kind::other_comment, random_.between(answer_ms_ / 10, answer_ms_),
                           &cast_.viewer(random_), '?', std::string(one_of(no_votes, random_))});
  }
}

QuizRound QuizPlan::next_round() {
  QuizRound round;
  round.number = ++rounds_;
  round.question = next_question();
  round.steps.push_back({QuizStep::Kind::ask, 0, &cast_.host(), '?', text_of(round.number, round.question)});
  add_votes(round);
  round.steps.push_back({QuizStep::Kind::close, answer_ms_, &cast_.host(), '?', ""});
  std::stable_sort(round.steps.begin(), round.steps.end(),
                   [](const QuizStep& a, const QuizStep& b) { return a.at_ms < b.at_ms; });
  return round;
}

// ---- truth

std::optional<char> vote_in(const std::string& comment) {
  static const std::regex pattern(std::string(vote_pattern),
                                  std::regex::ECMAScript | std::regex::icase | std::regex::optimize);
  std::smatch match;
  if (!std::regex_match(comment, match, pattern)) return std::nullopt;
  const char letter = match[1].str().front();
  return letter >= 'a' ? static_cast<char>(letter - 'a' + 'A') : letter;
}

const QuizTruth::Vote* QuizTruth::Round::first_right() const {
  const auto found = std::find_if(votes.begin(), votes.end(),
                                  [&](const Vote& vote) { return vote.letter == question.right; });
  return found == votes.end() ? nullptr : &*found;
}

std::int64_t QuizTruth::Round::count(char letter) const {
  return std::count_if(votes.begin(), votes.end(), [&](const Vote& vote) { return vote.letter == letter; });
}

void QuizTruth::ask(std::int64_t number, const Question& question) {
  Round round;
  round.number = number;
  round.question = question;
  rounds_.push_back(std::move(round));
  ++asked_;
  if (rounds_.size() > kept_rounds) rounds_.pop_front();
}

void QuizTruth::vote(const Person& who, char letter, const std::string& text) {
  if (rounds_.empty()) return;
  Round& round = rounds_.back();
  if (round.state != State::open) {
    ++round.late;
  } else if (round.voters.emplace(who.id, round.votes.size()).second) {
    round.votes.push_back({who.id, who.display_id, who.nickname, letter, text});
  } else {
    ++round.repeated;
  }
}

void QuizTruth::close() {
  if (!rounds_.empty()) rounds_.back().state = State::closed;
}

void QuizTruth::interrupt() {
  if (!rounds_.empty() && rounds_.back().state == State::open) rounds_.back().state = State::interrupted;
}

namespace {

void write_vote(JsonWriter& out, const QuizTruth::Vote& vote) {
  out.id_field("user_id", vote.user_id);
  out.field("username", vote.username);
  out.field("nickname", vote.nickname);
  out.field("vote", std::string_view(&vote.letter, 1));
  out.field("text", vote.text);
}

std::string_view name_of(QuizTruth::State state) {
  switch (state) {
    case QuizTruth::State::open:
      return "open";
    case QuizTruth::State::closed:
      return "closed";
    case QuizTruth::State::interrupted:
      return "interrupted";
  }
  return "";
}

void write_round(JsonWriter& out, const QuizTruth::Round& round) {
  out.field("question", round.number);
  out.field("text", round.question.text);
  out.open("options");
  for (std::size_t i = 0; i < round.question.options.size(); ++i)
    out.field(std::string(1, static_cast<char>('A' + i)), round.question.options[i]);
  out.close();
  out.field("right", std::string_view(&round.question.right, 1));
  out.field("state", name_of(round.state));
  out.open("counts");
  for (const char letter : {'A', 'B', 'C', 'D'}) out.field(std::string(1, letter), round.count(letter));
  out.close();
  out.field("repeated", round.repeated);
  out.field("late", round.late);
  if (const QuizTruth::Vote* first = round.first_right()) {
    out.open("first_right");
    write_vote(out, *first);
    out.close();
  }
  out.open_array("votes");
  for (const QuizTruth::Vote& vote : round.votes) {
    out.open();
    write_vote(out, vote);
    out.close();
  }
  out.close_array();
}

}  // namespace

void QuizTruth::write(JsonWriter& out) const {
  out.field("asked", asked_);
  out.field("pattern", vote_pattern);
  out.open_array("rounds");
  for (const Round& round : rounds_) {
    out.open();
    write_round(out, round);
    out.close();
  }
  out.close_array();
}

}  // namespace papi::sim
