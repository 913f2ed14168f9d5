#include "sim/room_script.hpp"

#include <algorithm>

namespace papi::sim {
namespace {

constexpr std::string_view other_methods[] = {
    "WebcastRankUpdateMessage",
    "WebcastLinkMicMethod",
    "WebcastLinkLayerMessage",
    "WebcastLinkMicFanTicketMethod",
    "WebcastGoalUpdateMessage",
    "WebcastRankTextMessage",
    "LinkMicMethod",
    "WebcastHashtagMessage",
};

}  // namespace

RoomScript::RoomScript(const ScriptOptions& options, const Cast& cast)
    : cast_(cast),
      random_(options.seed),
      forge_(options.seed + 1, 0),
      backlog_(options.backlog),
      quiz_(options.quiz),
      left_(options.count) {
  viewers_now_ = random_.between(80, 2'500);
  viewers_total_ = viewers_now_ * 4;
  likes_ = random_.between(1'000, 90'000);
  followers_ = random_.between(500, 400'000);
}

void RoomScript::enter_room(std::int64_t room_id) {
  forge_.set_room(room_id);
  streaks_.clear();
}

std::vector<RoomMessage> RoomScript::backlog(UnixMs now) {
  std::vector<RoomMessage> out;
  for (std::size_t i = 0; i < backlog_; ++i) {
    const UnixMs then = now - static_cast<UnixMs>(backlog_ - i) * 1'500;
    if (i == 0) {
      out.push_back(forge_.welcome(then));
    } else if (i % 4 == 2) {
      out.push_back(forge_.member(cast_.viewer(random_), viewers_now_, false, then));
    } else {
      out.push_back(forge_.chat(cast_.viewer(random_), phrase(), then));
    }
    out.back().is_history = true;
  }
  return out;
}

bool RoomScript::room_for(std::int64_t messages) const {
  return !left_ || *left_ - static_cast<std::int64_t>(streaks_.size()) >= messages;
}

std::vector<RoomMessage> RoomScript::next(std::size_t n, UnixMs now) {
  std::vector<RoomMessage> out;
  while (out.size() < n && left_ != std::int64_t{0}) {
    if (auto message = due_streak_message(now)) {
      out.push_back(std::move(*message));
    } else if (room_for(1)) {
      out.push_back(fresh_message(now));
    } else {
      break;  // the rest is reserved for the ends of open streaks
    }
    if (left_) --*left_;
  }
  return out;
}

std::optional<RoomMessage> RoomScript::comment(const Person& who, const Phrase& phrase, UnixMs now) {
  if (!room_for(1)) return std::nullopt;
  if (left_) --*left_;
  return forge_.chat(who, phrase, now);
}

void RoomScript::plan_end(Streak& streak, UnixMs now) {
  streak.presses_left = 0;
  streak.next_at = now + random_.between(1'000, 4'000);
}

std::optional<RoomMessage> RoomScript::due_streak_message(UnixMs now) {
  for (auto streak = streaks_.begin(); streak != streaks_.end(); ++streak) {
    if (streak->next_at > now) continue;
    if (streak->presses_left > 0 && !room_for(1)) plan_end(*streak, now);
    if (streak->next_at > now) continue;
    if (streak->presses_left == 0) {
      streak->sending.is_end = true;
      RoomMessage message = forge_.gift(streak->sending, now);
      streaks_.erase(streak);
      return message;
    }
    // If gifts are sent fast, TikTok skips counts.
    streak->sending.count += random_.chance(0.15) ? random_.between(2, 3) : 1;
    streak->next_at = now + random_.between(150, 900);
    if (--streak->presses_left == 0) plan_end(*streak, now);
    return forge_.gift(streak->sending, now);
  }
  return std::nullopt;
}

RoomMessage RoomScript::fresh_message(UnixMs now) {
  const Person& who = cast_.viewer(random_);
  const std::int64_t draw = random_.between(0, 99);
  if (draw < 45) {
    const std::int64_t taps =
        random_.chance(0.55) ? 15 : random_.between(1, 14);  // the app collects up to 15 taps
    likes_ += taps;
    return forge_.like(who, taps, likes_, now);
  }
  if (draw < 70) {
    ++viewers_now_;
    ++viewers_total_;
    return forge_.member(who, viewers_now_, random_.chance(0.02), now);
  }
  if (draw < 85) return forge_.chat(who, phrase(), now);
  if (draw < 90) {
    viewers_now_ = std::max<std::int64_t>(10, viewers_now_ + random_.between(-12, 6));
    return forge_.viewers(cast_, viewers_now_, viewers_total_, now);
  }
  if (draw < 93) return some_gift(now);
  if (draw < 95) {
    if (random_.chance(0.4)) return forge_.share(who, now);
    return forge_.follow(who, cast_.host().id, ++followers_, now);
  }
  return some_other(now);
}

RoomMessage RoomScript::some_gift(UnixMs now) {
  const auto gifts = gift_catalogue();
  Streak streak;
  streak.sending.sender = &cast_.viewer(random_);
  // Cheap gifts (at the front of the list) are sent far more often.
  const auto last = static_cast<std::int64_t>(gifts.size()) - 1;
  streak.sending.gift =
      &gifts[static_cast<std::size_t>(std::min(random_.between(0, last), random_.between(0, last)))];
  if (streak.sending.gift->type != 1) {
    if (streak.sending.gift->diamonds < 300)
      streak.sending.count = random_.chance(0.1) ? random_.between(2, 5) : 1;
    return forge_.gift(streak.sending, now);
  }
  const bool already_open = std::any_of(streaks_.begin(), streaks_.end(), [&](const Streak& other) {
    return other.sending.sender == streak.sending.sender && other.sending.gift == streak.sending.gift;
  });
  if (already_open || !room_for(2)) return forge_.chat(*streak.sending.sender, phrase(), now);
  // TikTok uses the time in ms when the streak began, a little before its first message.
  streak.sending.group_id = now - random_.between(6, 800);
  streak.presses_left = random_.chance(0.4) ? 0 : static_cast<int>(random_.between(1, 12));
  if (streak.presses_left == 0) {
    plan_end(streak, now);
  } else {
    streak.next_at = now + random_.between(150, 900);
  }
  streaks_.push_back(streak);
  return forge_.gift(streak.sending, now);
}

RoomMessage RoomScript::some_other(UnixMs now) {
  const auto kinds = static_cast<std::int64_t>(std::size(other_methods));
  const std::int64_t draw = random_.between(0, kinds);
  if (draw == kinds) return forge_.room_note(cast_.viewer(random_), now);
  return forge_.plain(other_methods[static_cast<std::size_t>(draw)], now);
}

}  // namespace papi::sim
