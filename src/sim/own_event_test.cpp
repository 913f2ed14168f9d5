#include "sim/own_event.hpp"

#include <gtest/gtest.h>

#include "sim/quiz_script.hpp"
#include "sim/room.hpp"

namespace papi::sim {
namespace {

class OwnEvents : public testing::Test {
 protected:
  OwnEvents() {
    ScriptOptions options;
    room_ = std::make_unique<Room>(RoomOptions{"quizhost"}, cast_,
                                   std::make_unique<QuizScript>(options, 3'000, cast_), clock_);
  }
  OwnEvent event(OwnEvent::Kind kind, std::int64_t count = 1) {
    OwnEvent made;
    made.kind = kind;
    made.who = room_->person_named("me");
    made.text = "B!";
    made.gift = &gift_catalogue()[0];
    made.count = count;
    return made;
  }

  const SystemClock clock_;
  const Cast cast_{1, "quizhost"};
  std::unique_ptr<Room> room_;
};

TEST_F(OwnEvents, count_in_the_truth_as_what_they_are) {
  EXPECT_EQ(room_->say_own(event(OwnEvent::Kind::comment)).size(), 1U);
  EXPECT_EQ(room_->say_own(event(OwnEvent::Kind::like, 15)).size(), 1U);
  EXPECT_EQ(room_->say_own(event(OwnEvent::Kind::follow)).size(), 1U);
  EXPECT_EQ(room_->truth().sent("comment"), 1);
  EXPECT_EQ(room_->truth().sent("like"), 1);
  EXPECT_EQ(room_->truth().taps(), 15);
  EXPECT_EQ(room_->truth().sent("follow"), 1);
}

TEST_F(OwnEvents, send_a_gift_as_a_streak_with_its_end_if_it_can_be_one) {
  EXPECT_EQ(room_->say_own(event(OwnEvent::Kind::gift, 7)).size(), 2U);
  EXPECT_EQ(room_->say_own(event(OwnEvent::Kind::gift, 2)).size(), 2U);
  OwnEvent confetti = event(OwnEvent::Kind::gift, 3);
  confetti.gift = &gift_catalogue()[7];
  EXPECT_EQ(room_->say_own(confetti).size(), 1U);
  EXPECT_EQ(room_->truth().sent("gift"), 5);
  EXPECT_EQ(room_->truth().streaks(), 3);
  EXPECT_EQ(room_->truth().gift_count(), 12);
  EXPECT_EQ(room_->truth().diamonds(), 9 * 1 + 3 * 100);
}

TEST_F(OwnEvents, obey_the_simulated_faults_of_gifts) {
  room_->faults().set(*find_fault("lost_streak_end"), 1);
  room_->say_own(event(OwnEvent::Kind::gift, 7));
  EXPECT_EQ(room_->truth().sent("gift"), 1);
}

TEST_F(OwnEvents, come_from_the_viewer_of_that_name_or_always_from_the_same_new_person) {
  const Person& viewer = cast_.viewers()[5];
  EXPECT_EQ(room_->person_named(viewer.display_id).id, viewer.id);
  EXPECT_EQ(room_->person_named("quizhost").id, cast_.host().id);
  EXPECT_EQ(room_->person_named("QuizHost").id, cast_.host().id);
  EXPECT_EQ(room_->person_named("me").id, room_->person_named("ME").id);
  EXPECT_NE(room_->person_named("me").id, room_->person_named("you").id);
  EXPECT_EQ(room_->person_named("me").nickname, "me");
}

}  // namespace
}  // namespace papi::sim
