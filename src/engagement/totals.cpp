#include "engagement/totals.hpp"

#include <map>
#include <unordered_map>

namespace papi::engagement {
namespace {

using events::Event;
using events::PersonTotals;
using events::Sum;

/// The text of the newest event that has one.
struct Names {
  std::string_view username, nickname, avatar_url;
};
struct Person {
  Names names;
  std::int64_t comments = 0, diamonds = 0, likes = 0, shares = 0;
};

/// Collects the sums of a batch, so that many likes of one viewer become one change of one row. Refers to the
/// texts of the events.
struct Gathered {
  std::unordered_map<events::UserId, Person> people;
  std::map<std::pair<UnixMs, std::string_view>, Sum> spans;
  std::optional<std::int64_t> viewers;

  void add(const events::EventFrame& encoded) {
    const Event& event = encoded.source->event;
    const UnixMs span = event.time - event.time % events::span_length.count();
    spans[{span, events::to_string(event.type())}].add(encoded.amount);
    Person nobody;
    Person& person = event.user && event.user->id != events::UserId() ? people[event.user->id] : nobody;
    if (event.user) {
      if (!event.user->username.empty()) person.names.username = event.user->username;
      if (!event.user->nickname.empty()) person.names.nickname = event.user->nickname;
      if (!event.user->avatar_url.empty()) person.names.avatar_url = event.user->avatar_url;
    }
    if (std::holds_alternative<events::Comment>(event.body)) ++person.comments;
    if (std::holds_alternative<events::Share>(event.body)) ++person.shares;
    if (const auto* like = std::get_if<events::Like>(&event.body)) {
      person.likes += like->count;
      if (!event.other_room) spans[{span, like_total_kind}].add(like->total);
    }
    if (const auto* gift = std::get_if<events::Gift>(&event.body); gift && gift->streak_end) {
      person.diamonds += encoded.amount;
      spans[{span, streaks_kind}].add(encoded.amount);
      spans[{span, gifts_kind}].add(gift->count);
    }
    const auto* count = std::get_if<events::Viewers>(&event.body);
    if (count && !event.other_room) viewers = count->count;
  }
};

PersonTotals totals_of_person(events::UserId user_id, const Person& person) {
  PersonTotals totals;
  totals.user_id = user_id;
  totals.username = person.names.username;
  totals.nickname = person.names.nickname;
  totals.avatar_url = person.names.avatar_url;
  totals.comments = person.comments;
  totals.diamonds = person.diamonds;
  totals.likes = person.likes;
  totals.shares = person.shares;
  return totals;
}

}  // namespace

events::SessionTotals totals_of(std::span<const events::EventPtr> events) {
  Gathered gathered;
  for (const events::EventPtr& event : events) gathered.add(*event);
  events::SessionTotals totals;
  totals.people.reserve(gathered.people.size());
  for (const auto& [id, person] : gathered.people) totals.people.push_back(totals_of_person(id, person));
  std::sort(totals.people.begin(), totals.people.end(),
            [](const PersonTotals& a, const PersonTotals& b) { return a.user_id < b.user_id; });
  totals.spans.reserve(gathered.spans.size());
  for (const auto& [key, sum] : gathered.spans) totals.spans.push_back({key.first, key.second, sum});
  totals.viewers = gathered.viewers;
  return totals;
}

}  // namespace papi::engagement
