#pragma once

#include "sim/quiz.hpp"
#include "sim/room_script.hpp"

namespace papi::sim {

/// A room in which the host asks questions and viewers answer. Everything else that happens in it comes from
/// a RoomScript. If more of the quiz is due than the room's rate allows, it is said later, in the same order.
/// So the votes that count depend on the seed only. The time stands still while next() is not called.
class QuizScript final : public MessageSource {
 public:
  /// `cast` must outlive the script.
  QuizScript(ScriptOptions options, std::int64_t answer_ms, const Cast& cast);

  void enter_room(std::int64_t room_id) override;
  void set_picture_base(const std::string& base) override { chatter_.set_picture_base(base); }
  std::vector<RoomMessage> backlog(UnixMs now) override { return chatter_.backlog(now); }
  std::vector<RoomMessage> next(std::size_t n, UnixMs now) override;
  bool done() const override { return chatter_.done(); }
  std::int64_t add_likes(std::int64_t taps) override { return chatter_.add_likes(taps); }
  std::int64_t add_follower() override { return chatter_.add_follower(); }
  void heard(const Person& who, const std::string& comment) override {
    if (const auto letter = vote_in(comment)) truth_.vote(who, *letter, comment);
  }
  const QuizTruth* quiz() const override { return &truth_; }

 private:
  void advance(UnixMs now);
  void begin_round();
  std::string closing_text() const;
  /// Notes the step in the truth.
  void note(const QuizStep& step);

  QuizPlan plan_;
  RoomScript chatter_;
  QuizTruth truth_;
  QuizRound round_;
  std::size_t at_ = 0;          // the next step of round_
  std::int64_t played_ms_ = 0;  // the time in the round
  UnixMs last_ = 0;             // the time of the last next()
};

}  // namespace papi::sim
