#include "live/gift_streaks.hpp"

#include <algorithm>
#include <set>

#include "platform/base/text.hpp"

namespace papi::live {
namespace {

using events::Event;
using events::Gift;

Gift& gift_of(Event& event) { return std::get<Gift>(event.body); }
const Gift& gift_of(const Event& event) { return std::get<Gift>(event.body); }

/// Returns the id of an end event that TikTok did not send. It is the same for the same streak in every event
/// log.
std::uint64_t id_of_lost_end(const std::string& streak_id) {
  std::uint64_t hash = 1469598103934665603u;  // FNV-1a
  for (const char c : "end of " + streak_id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash >> 1;
}

/// Returns whether a gift with a lower count than its streak begins a new streak. If it has a group id, it
/// only arrived out of order. If it has none and is later, it belongs to the next streak, and the end of the
/// streak before was lost.
bool begins_behind_lost_end(const Event& event, const Event& last) {
  const Gift& gift = gift_of(event);
  return gift.group_id == 0 && !gift.streak_end && gift.count < gift_of(last).count && event.time > last.time;
}

/// Returns whether a message under the name of an ended streak begins a new streak. Otherwise it is a late
/// gift or a repeated end.
bool begins_behind_end(const Event& event, std::int64_t ended_count, UnixMs ended_time) {
  const Gift& gift = gift_of(event);
  if (gift.group_id == 0) return gift.streak_end ? gift.count != ended_count : event.time >= ended_time;
  const bool begins_anew = gift.count < ended_count || gift.count == 1;
  return !gift.streak_end && begins_anew && event.time > ended_time;
}

}  // namespace

std::optional<GiftStreaks::Open> GiftStreaks::find(const std::string& name) const {
  const auto found = open_.find(name);
  return found == open_.end() ? std::nullopt : std::optional(found->second);
}

void GiftStreaks::remember(const std::string& name) {
  Undo undo;
  undo.name = name;
  undo.open = find(name);
  undo.ended = ended_.find(name);
  undo_.push_back(std::move(undo));
}

void GiftStreaks::commit() {
  undo_.clear();
  ended_.trim(remembered_ends);
}

void GiftStreaks::inherit(Event& event) const {
  Gift& gift = gift_of(event);
  const auto open = gift.streakable ? find(gift.streak_id) : std::nullopt;
  if (!open) return;
  const Gift& known = gift_of(*open->last);
  if (gift.name.empty()) gift.name = known.name;
  if (gift.diamonds_each == 0) gift.diamonds_each = known.diamonds_each;
  if (gift.image_url.empty()) gift.image_url = known.image_url;
}

void GiftStreaks::observe(Event& event, TimePoint now, std::vector<Event>& lost_ends) {
  Gift& gift = gift_of(event);
  if (!gift.streakable) return;
  const std::string name = gift.streak_id;
  std::optional<Open> open = find(name);
  if (open && begins_behind_lost_end(event, *open->last)) {
    lost_ends.push_back(end_of(name, *open));
    open.reset();
  }
  if (open) {
    gift.streak_id = gift_of(*open->last).streak_id;
  } else if (const auto ended = ended_.find(name)) {
    if (!begins_behind_end(event, ended->count, ended->time)) {
      gift.streak_end = false;  // the streak has already been counted
      return;
    }
    gift.streak_id += "#" + std::to_string(event.id);
  }
  remember(name);
  const std::int64_t highest = open ? std::max(gift.count, gift_of(*open->last).count) : gift.count;
  if (gift.streak_end) {
    gift.count = highest;  // the running count never decreases
    open_.erase(name);
    ended_.set(name, {gift.count, event.time});
    return;
  }
  const bool older = open && gift.count < highest;
  open_[name] = {older ? open->last : std::make_shared<const Event>(event), now};
}

void GiftStreaks::restore(const events::SessionPast& past, TimePoint now) {
  const std::size_t known = past.ended_streaks.size();
  for (std::size_t i = known - std::min(known, remembered_ends); i < known; ++i) {
    const auto& ended = past.ended_streaks[i];
    ended_.set(name_of(ended.streak_id), {ended.count, ended.time});
  }
  for (const std::string& body : past.open_streaks) {
    auto event = events::read_gift(body);
    if (!event) continue;
    gift_of(*event).streakable = true;
    const std::string name = name_of(gift_of(*event).streak_id);
    open_[name] = {std::make_shared<const Event>(std::move(*event)), now};
  }
}

Event GiftStreaks::end_of(const std::string& name, const Open& streak) {
  Event end = *streak.last;
  Gift& gift = gift_of(end);
  end.id = id_of_lost_end(gift.streak_id);
  gift.streak_end = gift.inferred = true;
  remember(name);
  open_.erase(name);
  ended_.set(name, {gift.count, end.time});
  return end;
}

std::vector<Event> GiftStreaks::close_idle(TimePoint now, std::chrono::milliseconds idle) {
  std::vector<std::pair<TimePoint, std::string>> due;
  for (const auto& [name, streak] : open_) {
    if (now - streak.heard >= idle || open_.size() > max_open) due.emplace_back(streak.heard, name);
  }
  std::sort(due.begin(), due.end());
  std::vector<Event> ends;
  for (const auto& [heard, name] : due) {
    if (now - heard < idle && open_.size() <= max_open) continue;
    const auto streak = find(name);
    ends.push_back(end_of(name, *streak));
  }
  return ends;
}

std::vector<Event> GiftStreaks::close_all() {
  return close_idle(TimePoint::max(), std::chrono::milliseconds(0));
}

void GiftStreaks::erase_person(const std::string& username) {
  const auto is_named = [&username](const std::optional<events::User>& user) {
    return user && to_lower_ascii(user->username) == username;
  };
  const auto blank = [](std::optional<events::User>& user) {
    user->username.clear();
    user->nickname.clear();
    user->avatar_url.clear();
  };
  const auto erase = [&](Open& streak) {
    const bool gave = is_named(streak.last->user), got = is_named(gift_of(*streak.last).to_user);
    if (!gave && !got) return;
    Event nameless = *streak.last;
    if (gave) blank(nameless.user);
    if (got) blank(gift_of(nameless).to_user);
    streak.last = std::make_shared<const Event>(std::move(nameless));
  };
  for (auto& [name, streak] : open_) erase(streak);
  for (Undo& step : undo_) {
    if (step.open) erase(*step.open);
  }
}

void GiftStreaks::touch_all(TimePoint now) {
  for (auto& [name, streak] : open_) streak.heard = now;
}

void GiftStreaks::delay_all(std::chrono::steady_clock::duration time, TimePoint now) {
  for (auto& [name, streak] : open_)
    streak.heard = std::min(streak.heard + time, std::max(streak.heard, now));
}

std::vector<events::StreakChange> GiftStreaks::changes() const {
  std::vector<events::StreakChange> changes;
  std::set<std::string> seen;
  for (const Undo& step : undo_) {
    if (!seen.insert(step.name).second) continue;  // the first step has the stored state
    const auto open = find(step.name);
    const std::string now = open ? gift_of(*open->last).streak_id : std::string();
    const std::string before = step.open ? gift_of(*step.open->last).streak_id : std::string();
    if (!before.empty() && before != now) changes.push_back({before, std::string()});
    if (open) changes.push_back({now, "{" + events::encode_common(*open->last) + "}"});
  }
  return changes;
}

void GiftStreaks::rollback() {
  for (auto step = undo_.rbegin(); step != undo_.rend(); ++step) {
    if (step->open) {
      open_[step->name] = *step->open;
    } else {
      open_.erase(step->name);
    }
    if (step->ended) {
      ended_.set(step->name, *step->ended);
    } else {
      ended_.erase(step->name);
    }
  }
  undo_.clear();
}

}  // namespace papi::live
