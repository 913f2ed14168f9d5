#include "live/gift_streaks.hpp"

#include <algorithm>

#include "platform/base/text.hpp"

namespace papi::live {
namespace {

/// The id of an end that TikTok did not send: the same for the same streak, whoever makes it and when.
std::uint64_t id_of_lost_end(const std::string& streak_id) {
  std::uint64_t hash = 1469598103934665603u;  // FNV-1a
  for (const char c : "end of " + streak_id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash >> 1;
}

}  // namespace

std::optional<GiftStreaks::Open> GiftStreaks::find(const std::string& streak_id) const {
  const auto found = open_.find(streak_id);
  if (found == open_.end()) return std::nullopt;
  return found->second;
}

void GiftStreaks::observe(events::Event& event, TimePoint now) {
  auto& gift = std::get<events::Gift>(event.body);
  const std::uint64_t key = key_of(gift.streak_id);
  if (ended_.contains(key)) {
    gift.streak_end = false;  // a repeated or late message of a streak that has been counted
    return;
  }
  Undo undo{gift.streak_id, find(gift.streak_id), {}};
  if (undo.before) {
    // Out of order or repeated: the running total never goes back.
    const auto& last = std::get<events::Gift>(undo.before->last.body);
    if (gift.streak_end) gift.count = std::max(gift.count, last.count);
  }
  if (gift.streak_end) {
    open_.erase(gift.streak_id);
    ended_.remember(key);
    undo.ended = key;
  } else {
    Open& open = open_[gift.streak_id];
    const bool older = undo.before && std::get<events::Gift>(undo.before->last.body).count > gift.count;
    if (!older) open.last = event;
    open.heard = now;
  }
  undo_.push_back(std::move(undo));
}

void GiftStreaks::restore(events::Event event, bool ended, TimePoint now) {
  const auto& gift = std::get<events::Gift>(event.body);
  if (ended) {
    ended_.remember(key_of(gift.streak_id));
  } else if (!ended_.contains(key_of(gift.streak_id))) {
    const std::string streak_id = gift.streak_id;
    open_[streak_id] = Open{std::move(event), now};
  }
}

events::Event GiftStreaks::end_of(const Open& streak, const std::string& streak_id) {
  events::Event end = streak.last;
  end.id = id_of_lost_end(streak_id);
  auto& gift = std::get<events::Gift>(end.body);
  gift.streak_end = gift.inferred = true;
  const std::uint64_t key = key_of(streak_id);
  ended_.remember(key);
  undo_.push_back(Undo{streak_id, streak, key});
  return end;
}

std::vector<events::Event> GiftStreaks::close_idle(TimePoint now, std::chrono::milliseconds idle) {
  std::vector<std::pair<TimePoint, std::string>> due;
  for (const auto& [id, streak] : open_) {
    if (now - streak.heard >= idle || open_.size() > max_open) due.emplace_back(streak.heard, id);
  }
  std::sort(due.begin(), due.end());
  std::vector<events::Event> ends;
  for (const auto& [heard, id] : due) {
    const bool over_bound = open_.size() > max_open;
    if (now - heard < idle && !over_bound) continue;
    ends.push_back(end_of(open_.at(id), id));
    open_.erase(id);
  }
  return ends;
}

std::vector<events::Event> GiftStreaks::close_all() {
  return close_idle(TimePoint::max(), std::chrono::milliseconds(0));
}

void GiftStreaks::forget(const std::string& username) {
  const auto blank = [&username](Open& streak) {
    std::optional<events::User>& user = streak.last.user;
    if (!user || to_lower_ascii(user->username) != username) return;
    user->username.clear(), user->nickname.clear(), user->avatar_url.clear();
  };
  for (auto& [id, streak] : open_) blank(streak);
  for (Undo& step : undo_) {
    if (step.before) blank(*step.before);
  }
}

void GiftStreaks::touch_all(TimePoint now) {
  for (auto& [id, streak] : open_) streak.heard = now;
}

void GiftStreaks::rollback() {
  for (auto step = undo_.rbegin(); step != undo_.rend(); ++step) {
    if (step->ended) ended_.forget(*step->ended);
    if (step->before) {
      open_[step->streak_id] = std::move(*step->before);
    } else {
      open_.erase(step->streak_id);
    }
  }
  undo_.clear();
}

}  // namespace papi::live
