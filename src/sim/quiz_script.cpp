#include "sim/quiz_script.hpp"

#include <algorithm>

namespace papi::sim {
namespace {

constexpr std::int64_t longest_step_ms = 500;  // as in Room::tick()
constexpr std::int64_t first_question_ms = 1'000;

ScriptOptions for_quiz(ScriptOptions options) {
  options.quiz = true;
  return options;
}

}  // namespace

QuizScript::QuizScript(ScriptOptions options, std::int64_t answer_ms, const Cast& cast)
    : plan_(options.seed + 4, answer_ms, cast), chatter_(for_quiz(options), cast) {
  begin_round();
}

void QuizScript::begin_round() {
  round_ = plan_.next_round();
  at_ = 0;
  played_ms_ = round_.number == 1 ? -std::min(first_question_ms, plan_.round_ms()) : 0;
}

void QuizScript::enter_room(std::int64_t room_id) {
  chatter_.enter_room(room_id);
  truth_.interrupt();
  if (at_ > 0) begin_round();
}

void QuizScript::advance(UnixMs now) {
  if (last_ != 0) played_ms_ += std::clamp<std::int64_t>(now - last_, 0, longest_step_ms);
  last_ = now;
  if (at_ == round_.steps.size() && played_ms_ >= plan_.round_ms()) begin_round();
}

std::string QuizScript::closing_text() const {
  const QuizTruth::Round& round = truth_.rounds().back();
  const auto right = static_cast<std::size_t>(round.question.right - 'A');
  std::string text = "Time is up! The right answer was ";
  text += round.question.right;
  text += ") " + round.question.options[right] + ".";
  const QuizTruth::Vote* first = round.first_right();
  return text + (first ? " First: " + first->nickname + " 🏆" : " Nobody knew it!");
}

void QuizScript::note(const QuizStep& step) {
  if (step.kind == QuizStep::Kind::ask) truth_.ask(round_.number, round_.question);
  if (step.kind == QuizStep::Kind::vote) truth_.vote(*step.who, step.letter, step.text);
  if (step.kind == QuizStep::Kind::close) truth_.close();
}

std::vector<RoomMessage> QuizScript::next(std::size_t n, UnixMs now) {
  advance(now);
  std::vector<RoomMessage> out;
  while (out.size() < n && at_ < round_.steps.size() && round_.steps[at_].at_ms <= played_ms_) {
    const QuizStep& step = round_.steps[at_];
    const std::string text = step.kind == QuizStep::Kind::close ? closing_text() : step.text;
    auto message = chatter_.comment(*step.who, Phrase{text, "en"}, now);
    if (!message) break;  // the rest of the count is for the ends of streaks
    out.push_back(std::move(*message));
    note(step);
    ++at_;
  }
  for (RoomMessage& message : chatter_.next(n - out.size(), now)) out.push_back(std::move(message));
  return out;
}

}  // namespace papi::sim
