#include "sim/quiz.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "sim/quiz_script.hpp"

namespace papi::sim {
namespace {

constexpr UnixMs quiz_start = 1'790'000'000'000;
constexpr std::int64_t quiz_answer_ms = 3'000;

struct PlayedQuiz {
  std::vector<RoomMessage> messages;
  std::string truth;
};

std::string json_of(const QuizTruth& truth) {
  std::string text;
  JsonWriter out(text);
  out.open();
  truth.write(out);
  out.close();
  return text;
}

/// Plays `seconds` of a quiz room, with `per_tick` messages each 100 ms.
PlayedQuiz play_quiz(std::uint64_t seed, int seconds, std::size_t per_tick,
                     std::optional<std::int64_t> count = {}) {
  const Cast cast(seed, "quizhost");
  ScriptOptions options;
  options.seed = seed;
  options.count = count;
  QuizScript script(options, quiz_answer_ms, cast);
  script.enter_room(7'600'000'000'000'000'001);
  PlayedQuiz played;
  played.messages = script.backlog(quiz_start);
  for (int tick = 0; tick < seconds * 10 && !script.done(); ++tick) {
    for (RoomMessage& message : script.next(per_tick, quiz_start + tick * 100))
      played.messages.push_back(std::move(message));
  }
  played.truth = json_of(*script.quiz());
  return played;
}

webcast::ChatMessage chat_in(const RoomMessage& message) {
  webcast::ChatMessage chat;
  EXPECT_TRUE(chat.ParseFromString(message.payload));
  return chat;
}

/// What a reader of the room finds out: the first vote of each person from each question to its end.
struct VotesRead {
  std::int64_t questions = 0;
  std::vector<std::vector<std::pair<std::int64_t, char>>> votes;
};
VotesRead read_votes(const std::vector<RoomMessage>& messages, std::int64_t host) {
  VotesRead out;
  std::set<std::int64_t> voters;
  bool open = false;
  for (const RoomMessage& message : messages) {
    if (message.method != "WebcastChatMessage") continue;
    const auto chat = chat_in(message);
    if (chat.user().id() == host) {
      open = chat.content().starts_with("Question ");
      if (!open) continue;
      ++out.questions;
      out.votes.emplace_back();
      voters.clear();
      continue;
    }
    const auto letter = vote_in(chat.content());
    if (!open || !letter || !voters.insert(chat.user().id()).second) continue;
    out.votes.back().emplace_back(chat.user().id(), *letter);
  }
  return out;
}

TEST(Quiz, reads_votes_as_people_write_them) {
  for (const char* text :
       {"b", "B", "B!", "b!!", " b ", "B)", "(B)", "answer b", "Answer: B", "my answer is B",
        "the answer is b", "it's B", "its b", "option B", "i say b", "I think B", "\"B\"", "B 🙏", "👉 B"}) {
    EXPECT_EQ(vote_in(text), 'B') << text;
  }
  for (const char* text : {"", "e", "A or B?", "abcd", "BBB 😂", "C ya later", "D'oh", "is it B or C",
                           "hello", "Question 1: A) x, B) y", "A+ question", "1"}) {
    EXPECT_EQ(vote_in(text), std::nullopt) << text;
  }
}

TEST(Quiz, plans_rounds_in_order_with_late_and_repeated_votes) {
  const Cast cast(1, "quizhost");
  QuizPlan plan(1, quiz_answer_ms, cast);
  bool late = false, twice = false;
  std::set<std::string> texts;
  for (std::int64_t number = 1; number <= 20; ++number) {
    const QuizRound round = plan.next_round();
    EXPECT_EQ(round.number, number);
    EXPECT_TRUE(texts.insert(round.question.text).second) << "a question comes once in twenty";
    ASSERT_GE(round.steps.size(), 20U);
    EXPECT_EQ(round.steps.front().kind, QuizStep::Kind::ask);
    std::set<std::int64_t> voters;
    std::int64_t before = 0;
    for (const QuizStep& step : round.steps) {
      EXPECT_GE(step.at_ms, before);
      before = step.at_ms;
      if (step.kind == QuizStep::Kind::vote) {
        EXPECT_EQ(vote_in(step.text), step.letter) << step.text;
        late = late || step.at_ms > quiz_answer_ms;
        twice = !voters.insert(step.who->id).second || twice;
      } else {
        EXPECT_EQ(vote_in(step.text), std::nullopt) << step.text;
      }
    }
    EXPECT_LT(before, plan.round_ms());
  }
  EXPECT_TRUE(late);
  EXPECT_TRUE(twice);
}

TEST(Quiz, says_the_same_from_the_same_seed) {
  const PlayedQuiz one = play_quiz(7, 20, 5), two = play_quiz(7, 20, 5), other = play_quiz(8, 20, 5);
  ASSERT_EQ(one.messages.size(), two.messages.size());
  for (std::size_t i = 0; i < one.messages.size(); ++i)
    EXPECT_EQ(one.messages[i].payload, two.messages[i].payload);
  EXPECT_EQ(one.truth, two.truth);
  EXPECT_NE(one.truth, other.truth);
}

TEST(Quiz, counts_the_same_votes_at_every_rate) {
  const Cast cast(7, "quizhost");
  const auto fast = read_votes(play_quiz(7, 9, 10).messages, cast.host().id);
  const auto slow = read_votes(play_quiz(7, 60, 1).messages, cast.host().id);
  ASSERT_GE(fast.votes.size(), 2U);
  ASSERT_GE(slow.votes.size(), 2U);
  EXPECT_EQ(fast.votes[0], slow.votes[0]);
  EXPECT_EQ(fast.votes[1].front(), slow.votes[1].front());
}

TEST(Quiz, has_the_truth_that_a_reader_of_the_room_finds) {
  const Cast cast(3, "quizhost");
  ScriptOptions options;
  options.seed = 3;
  QuizScript script(options, quiz_answer_ms, cast);
  script.enter_room(7'600'000'000'000'000'001);
  std::vector<RoomMessage> messages;
  for (int tick = 0; tick < 300; ++tick) {
    for (RoomMessage& message : script.next(5, quiz_start + tick * 100))
      messages.push_back(std::move(message));
  }
  const VotesRead seen = read_votes(messages, cast.host().id);
  const auto& rounds = script.quiz()->rounds();
  ASSERT_EQ(static_cast<std::size_t>(seen.questions), rounds.size());
  ASSERT_GE(rounds.size(), 6U);
  std::int64_t repeated = 0, late = 0;
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    std::vector<std::pair<std::int64_t, char>> votes;
    for (const auto& vote : rounds[i].votes) votes.emplace_back(vote.user_id, vote.letter);
    EXPECT_EQ(votes, seen.votes[i]);
    repeated += rounds[i].repeated;
    late += rounds[i].late;
  }
  EXPECT_GT(repeated, 0);
  EXPECT_GT(late, 0);
}

TEST(Quiz, keeps_to_the_count_of_messages) {
  for (const std::int64_t count : {0, 1, 40, 333})
    EXPECT_EQ(play_quiz(5, 3'600, 4, count).messages.size(), static_cast<std::size_t>(count) + 6);
}

TEST(QuizTruth, counts_the_first_vote_of_a_person_until_the_end) {
  const Cast cast(1, "quizhost");
  const Person &ann = cast.viewers()[0], &bob = cast.viewers()[1], &cid = cast.viewers()[2];
  QuizTruth truth;
  truth.vote(ann, 'A', "a");  // nothing was asked yet
  truth.ask(1, {"2 + 2?", {"3", "4", "5", "6"}, 'B'});
  truth.vote(ann, 'A', "a!");
  truth.vote(ann, 'B', "B");
  truth.vote(bob, 'B', "answer b");
  truth.close();
  truth.vote(cid, 'B', "b");
  truth.vote(bob, 'C', "c");
  const std::string a = "\"user_id\":\"" + std::to_string(ann.id) + "\",\"username\":\"" + ann.display_id +
                        "\",\"nickname\":\"" + ann.nickname + "\",\"vote\":\"A\",\"text\":\"a!\"";
  const std::string b = "\"user_id\":\"" + std::to_string(bob.id) + "\",\"username\":\"" + bob.display_id +
                        "\",\"nickname\":\"" + bob.nickname + "\",\"vote\":\"B\",\"text\":\"answer b\"";
  const std::string json = json_of(truth);
  EXPECT_EQ(
      json.substr(json.find("\"rounds\"")),
      "\"rounds\":[{\"question\":1,\"text\":\"2 + 2?\",\"options\":{\"A\":\"3\",\"B\":\"4\",\"C\":\"5\","
      "\"D\":\"6\"},\"right\":\"B\",\"state\":\"closed\",\"counts\":{\"A\":1,\"B\":1,\"C\":0,\"D\":0},"
      "\"repeated\":1,\"late\":2,\"first_right\":{" +
          b + "},\"votes\":[{" + a + "},{" + b + "}]}]}");
}

TEST(QuizTruth, marks_a_round_that_the_end_of_a_stream_has_cut_off) {
  const Cast cast(1, "quizhost");
  ScriptOptions options;
  QuizScript script(options, quiz_answer_ms, cast);
  script.enter_room(1);
  for (int tick = 0; tick < 20; ++tick) (void)script.next(5, quiz_start + tick * 100);
  script.enter_room(2);
  for (int tick = 20; tick < 40; ++tick) (void)script.next(5, quiz_start + tick * 100);
  const auto& rounds = script.quiz()->rounds();
  ASSERT_EQ(rounds.size(), 2U);
  EXPECT_EQ(rounds[0].state, QuizTruth::State::interrupted);
  EXPECT_EQ(rounds[1].number, 2);
  EXPECT_EQ(rounds[1].state, QuizTruth::State::open);
}

TEST(Cast, has_chatter_without_votes) {
  Random random(1);
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(vote_in(std::string(some_chatter(random).text)), std::nullopt);
}

}  // namespace
}  // namespace papi::sim
