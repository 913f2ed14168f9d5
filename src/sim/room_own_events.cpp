// Room::say_own(): events that somebody makes by hand.

#include <algorithm>

#include "platform/base/text.hpp"
#include "sim/room.hpp"

namespace papi::sim {

Person Room::person_named(std::string_view username) const {
  if (equals_ignoring_case(host().display_id, username)) return host();
  const auto& viewers = cast_.viewers();
  const auto found = std::find_if(viewers.begin(), viewers.end(), [&](const Person& person) {
    return equals_ignoring_case(person.display_id, username);
  });
  if (found != viewers.end()) return *found;
  // The same name is the same person in every room. The ids of viewers begin above these.
  const std::uint64_t hash = stable_hash(to_lower_ascii(username), 0);
  Person person;
  person.id = 6'000'000'000'000'000'000 + static_cast<std::int64_t>(hash % 500'000'000'000'000'000);
  person.display_id = username;
  person.nickname = username;
  person.sec_uid = "MS4wLjABAAAA" + std::to_string(hash);
  return person;
}

std::vector<std::int64_t> Room::say_own(const OwnEvent& event) {
  const UnixMs now = clock_.now_ms();
  std::vector<RoomMessage> messages;
  switch (event.kind) {
    case OwnEvent::Kind::comment:
      messages.push_back(forge_.chat(event.who, Phrase{event.text, event.language}, now));
      source_->heard(event.who, event.text);
      break;
    case OwnEvent::Kind::like:
      messages.push_back(forge_.like(event.who, event.count, source_->add_likes(event.count), now));
      break;
    case OwnEvent::Kind::follow:
      messages.push_back(forge_.follow(event.who, host().id, source_->add_follower(), now));
      break;
    case OwnEvent::Kind::gift: {
      GiftSending sending;
      sending.sender = &event.who;
      sending.gift = event.gift;
      sending.count = event.count;
      const bool streakable = event.gift->type == 1;
      if (streakable) sending.group_id = now + ++own_streaks_;
      messages.push_back(forge_.gift(sending, now));
      if (!streakable) break;
      sending.is_end = true;
      messages.push_back(forge_.gift(sending, now));
      break;
    }
  }
  std::vector<std::int64_t> ids;
  for (RoomMessage& message : messages) {
    ids.push_back(message.msg_id);
    say_with_faults(std::move(message), now);
  }
  deliver();
  return ids;
}

}  // namespace papi::sim
