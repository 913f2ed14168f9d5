#include "live/room_memory.hpp"

#include <algorithm>

#include "platform/base/text.hpp"

namespace papi::live {
namespace {

using events::User;

constexpr std::optional<bool> User::*roles[] = {&User::is_host, &User::is_moderator, &User::is_subscriber,
                                                &User::is_follower, &User::is_friend};

/// Packs two bits for each role: whether it is known, and its value.
std::uint16_t packed_roles(const User& user) {
  unsigned packed = 0, shift = 0;
  for (const auto role : roles) {
    if (user.*role) packed |= (*(user.*role) ? 3u : 1u) << shift;
    shift += 2;
  }
  return static_cast<std::uint16_t>(packed);
}

void fill_roles(std::uint16_t packed, User& user) {
  unsigned shift = 0;
  for (const auto role : roles) {
    const unsigned known = packed >> shift & 3u;
    if (!(user.*role) && (known & 1u) != 0) user.*role = known == 3u;
    shift += 2;
  }
}

constexpr std::size_t longest_name = 2'000;  // with the picture's URL

std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
  x = (x ^ x >> 27) * 0x94D049BB133111EBu;
  return x ^ x >> 31;
}

/// Returns the key of a person in one room. The room is part of it, because roles are relative to one host.
std::uint64_t person_key(events::RoomId room_id, events::UserId user_id) {
  return std::max<std::uint64_t>(mixed(mixed(room_id.value()) ^ user_id.value()), 1);
}

}  // namespace

std::size_t GenerationTable::Table::slot_of(std::uint64_t key) const {
  const std::size_t mask = keys.size() - 1;
  std::size_t slot = static_cast<std::size_t>(mixed(key)) & mask;
  while (keys[slot] != 0 && keys[slot] != key) slot = (slot + 1) & mask;
  return slot;
}

const std::uint16_t* GenerationTable::Table::find(std::uint64_t key) const {
  if (keys.empty()) return nullptr;
  const std::size_t slot = slot_of(key);
  return keys[slot] == key ? &values[slot] : nullptr;
}

void GenerationTable::Table::grow() {
  Table larger;
  larger.keys.resize(std::max<std::size_t>(keys.size() * 2, 8));
  larger.values.resize(larger.keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] != 0) larger.set(keys[i], values[i]);
  }
  *this = std::move(larger);
}

void GenerationTable::Table::set(std::uint64_t key, std::uint16_t value) {
  if (used * 4 >= keys.size() * 3) grow();
  const std::size_t slot = slot_of(key);
  if (keys[slot] == 0) ++used;
  keys[slot] = key;
  values[slot] = value;
}

const std::uint16_t* GenerationTable::find(std::uint64_t key) const {
  const std::uint16_t* value = young_.find(key);
  return value ? value : old_.find(key);
}

void GenerationTable::set(std::uint64_t key, std::uint16_t value) {
  if (young_.used >= generation_ && !young_.find(key)) {
    old_ = std::move(young_);
    young_ = {};
  }
  young_.set(key, value);
}

void RoomMemory::begin_stream(events::RoomId room_id) {
  if (room_id == room_id_) return;
  *this = RoomMemory();
  room_id_ = room_id;
}

void RoomMemory::complete(events::Event& event) {
  if (event.user) complete_roles(event.room_id, *event.user);
  if (auto* comment = std::get_if<events::Comment>(&event.body)) {
    if (comment->reply_to) complete_roles(event.room_id, *comment->reply_to);
    for (User& user : comment->mentions) complete_roles(event.room_id, user);
  } else if (auto* gift = std::get_if<events::Gift>(&event.body)) {
    if (gift->to_user) complete_roles(event.room_id, *gift->to_user);
  } else if (auto* like = std::get_if<events::Like>(&event.body)) {
    complete_likes(event.room_id, *like);
  } else if (auto* battle = std::get_if<events::Battle>(&event.body)) {
    complete_battle(*battle);
  } else if (auto* guest = std::get_if<events::Guest>(&event.body)) {
    complete_guest(event, *guest);
  }
}

void RoomMemory::complete_roles(events::RoomId room_id, User& user) {
  if (user.id == events::UserId()) return;
  const std::uint64_t key = person_key(room_id, user.id);
  const std::uint16_t said = packed_roles(user);
  const std::uint16_t* known = roles_.find(key);
  const std::uint16_t before = known ? *known : 0;
  if (before != 0) fill_roles(before, user);
  if (said != 0 || before != 0) roles_.set(key, packed_roles(user));  // also shows that the person is here
}

void RoomMemory::complete_name(User& user) {
  if (user.id == events::UserId()) return;
  const auto known =
      std::find_if(names_.begin(), names_.end(), [&](const User& one) { return one.id == user.id; });
  if (user.nickname.empty() && user.username.empty()) {
    if (known == names_.end()) return;
    user.nickname = known->nickname;
    user.username = known->username;
    if (user.avatar_url.empty()) user.avatar_url = known->avatar_url;
    return;
  }
  if (known != names_.end()) names_.erase(known);
  if (user.nickname.size() + user.username.size() + user.avatar_url.size() > longest_name) return;
  if (names_.size() >= max_names) names_.erase(names_.begin());
  User& name = names_.emplace_back();
  name.id = user.id;
  name.nickname = user.nickname;
  name.username = user.username;
  name.avatar_url = user.avatar_url;
}

void RoomMemory::complete_battle(events::Battle& battle) {
  for (events::BattleSide& side : battle.sides) {
    if (side.user) complete_name(*side.user);
    for (events::Scored& member : side.members) complete_name(member.user);
  }
}

void RoomMemory::complete_guest(events::Event& event, events::Guest& guest) {
  for (events::StageGuest& one : guest.guests) complete_name(one.user);
  if (event.user) complete_name(*event.user);
}

void RoomMemory::complete_likes(events::RoomId room_id, events::Like& like) {
  auto known = std::find_if(totals_.begin(), totals_.end(),
                            [&](const Total& total) { return total.room_id == room_id; });
  Total total{room_id, like.total};
  if (known != totals_.end()) {
    total.likes = std::max(known->likes, like.total);
    totals_.erase(known);
  }
  if (totals_.size() >= max_rooms) totals_.erase(totals_.begin());
  totals_.push_back(total);  // newest last
  like.total = total.likes;
}

std::int64_t RoomMemory::likes_total() const {
  for (const Total& total : totals_) {
    if (total.room_id == room_id_) return total.likes;
  }
  return 0;
}

void RoomMemory::restore_likes(std::int64_t total) {
  events::Like like;
  like.total = total;
  complete_likes(room_id_, like);
  committed_totals_ = totals_;
}

std::uint64_t RoomMemory::key_of(std::string_view envelope_id, std::string_view action) {
  std::uint64_t hash = 1469598103934665603u;  // FNV-1a
  for (const std::string_view part : {envelope_id, action}) {
    for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }
  return hash;
}

bool RoomMemory::is_repeat(const events::Event& event) {
  const auto* envelope = std::get_if<events::Envelope>(&event.body);
  if (!envelope || envelope->envelope_id.empty()) return false;
  const auto reported = [&](std::string_view action) {
    return std::find(reported_.begin(), reported_.end(), key_of(envelope->envelope_id, action)) !=
           reported_.end();
  };
  if (reported(envelope->action)) return true;
  if (envelope->action != "shown" && !reported("shown")) return false;  // the envelope is not known
  reported_.push_back(key_of(envelope->envelope_id, envelope->action));
  ++uncommitted_reports_;
  return false;
}

void RoomMemory::restore_envelope(const events::Envelope& envelope) {
  reported_.push_back(key_of(envelope.envelope_id, envelope.action));
  if (uncommitted_reports_ == 0) trim_envelopes();
}

void RoomMemory::trim_envelopes() {
  if (reported_.size() > max_envelopes)
    reported_.erase(reported_.begin(), reported_.end() - static_cast<std::ptrdiff_t>(max_envelopes));
}

void RoomMemory::erase_person(const std::string& username) {
  std::erase_if(names_, [&](const User& user) { return to_lower_ascii(user.username) == username; });
}

void RoomMemory::commit() {
  trim_envelopes();
  uncommitted_reports_ = 0;
  committed_totals_ = totals_;
}

void RoomMemory::rollback() {
  reported_.resize(reported_.size() - uncommitted_reports_);
  uncommitted_reports_ = 0;
  totals_ = committed_totals_;
}

std::size_t RoomMemory::bytes() const {
  std::size_t names = names_.capacity() * sizeof(User);
  for (const User& user : names_)
    names += user.nickname.capacity() + user.username.capacity() + user.avatar_url.capacity();
  return sizeof(*this) + roles_.bytes() + names + reported_.capacity() * 8 +
         (totals_.capacity() + committed_totals_.capacity()) * sizeof(Total);
}

}  // namespace papi::live
