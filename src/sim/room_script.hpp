#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "sim/message_forge.hpp"
#include "sim/message_source.hpp"

namespace papi::sim {

struct ScriptOptions {
  std::uint64_t seed = 1;
  std::optional<std::int64_t> count;  // live messages; nullopt: endless
  std::size_t backlog = 6;
  bool quiz = false;  // nobody says what could be an answer
};

/// Realistic messages in the mix of a busy room (docs/webcast-protocol.md §7). The same seed and times give
/// the same messages. The gifts of a streak have running counts. A streak ends once, 1–4 s after its last
/// gift. Exactly `count` messages are made: the end messages of open streaks are reserved within it.
class RoomScript final : public MessageSource {
 public:
  /// `cast` must outlive the script.
  RoomScript(const ScriptOptions& options, const Cast& cast);

  void enter_room(std::int64_t room_id) override;
  void set_picture_base(const std::string& base) override { forge_.set_picture_base(base); }
  std::vector<RoomMessage> backlog(UnixMs now) override;
  std::vector<RoomMessage> next(std::size_t n, UnixMs now) override;
  bool done() const override { return left_ == std::int64_t{0} && streaks_.empty(); }
  std::int64_t add_likes(std::int64_t taps) override { return likes_ += taps; }
  std::int64_t add_follower() override { return ++followers_; }

  /// Makes a comment that another part of the room has decided on. It uses up one message of `count`. Returns
  /// nullopt if the rest of `count` is reserved for the ends of open streaks.
  std::optional<RoomMessage> comment(const Person& who, const Phrase& phrase, UnixMs now);

 private:
  struct Streak {
    GiftSending sending;
    int presses_left = 0;
    UnixMs next_at = 0;  // of the next gift or the end message
  };

  bool room_for(std::int64_t messages) const;
  const Phrase& phrase() { return quiz_ ? some_chatter(random_) : some_phrase(random_); }
  std::optional<RoomMessage> due_streak_message(UnixMs now);
  RoomMessage fresh_message(UnixMs now);
  RoomMessage some_gift(UnixMs now);
  RoomMessage some_other(UnixMs now);
  void plan_end(Streak& streak, UnixMs now);

  const Cast& cast_;
  Random random_;
  MessageForge forge_;
  std::size_t backlog_;
  bool quiz_;
  std::optional<std::int64_t> left_;
  std::deque<Streak> streaks_;
  std::int64_t viewers_now_ = 0;
  std::int64_t viewers_total_ = 0;
  std::int64_t likes_ = 0;
  std::int64_t followers_ = 0;
};

}  // namespace papi::sim
