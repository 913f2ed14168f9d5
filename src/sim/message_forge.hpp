#pragma once

// Builds single messages of every kind, as TikTok encodes them (docs/webcast-protocol.md §4.4, §4.5, §5.5).

#include <string>
#include <string_view>

#include "platform/base/clock.hpp"
#include "platform/base/random.hpp"
#include "sim/cast.hpp"
#include "sim/gift_catalogue.hpp"
#include "sim/wire.hpp"

namespace papi::sim {

/// One gift message. If `group_id` is set, it belongs to a streak.
struct GiftSending {
  const Person* sender = nullptr;
  const CatalogueGift* gift = nullptr;
  std::int64_t count = 1;  // in a streak: the running count
  std::int64_t group_id = 0;
  bool is_end = false;
};

/// Ids are unique per room and lane. If a room uses two forges, they must use two lanes. One thread.
class MessageForge {
 public:
  MessageForge(std::uint64_t seed, int lane) : random_(seed), lane_(lane) {}

  void set_room(std::int64_t room_id) { room_id_ = room_id; }
  /// `base` is `http://host:port`, where the simulator serves /sim/avatar/{id}.png.
  void set_picture_base(std::string base) { picture_base_ = std::move(base); }

  std::int64_t next_id(UnixMs now);

  RoomMessage chat(const Person& who, const Phrase& phrase, UnixMs now);
  RoomMessage gift(const GiftSending& sending, UnixMs now);
  RoomMessage like(const Person& who, std::int64_t taps, std::int64_t total, UnixMs now);
  RoomMessage member(const Person& who, std::int64_t viewers, bool subscribed, UnixMs now);
  RoomMessage follow(const Person& who, std::int64_t host_id, std::int64_t followers, UnixMs now);
  RoomMessage share(const Person& who, UnixMs now);
  RoomMessage viewers(const Cast& cast, std::int64_t now_watching, std::int64_t total, UnixMs now);
  RoomMessage control(int action, UnixMs now);
  RoomMessage welcome(UnixMs now);
  RoomMessage room_note(const Person& who, UnixMs now);
  /// A message whose method has no event type of its own in Truth. `method` includes the prefix.
  RoomMessage plain(std::string_view method, UnixMs now);

  /// A valid chat message with the given create_time: 0, or in seconds.
  RoomMessage chat_at(const Person& who, const Phrase& phrase, std::int64_t create_time, UnixMs now);
  RoomMessage truncated_chat(const Person& who, UnixMs now);
  RoomMessage wrong_wire_type_chat(const Person& who, UnixMs now);
  RoomMessage invalid_utf8_chat(const Person& who, UnixMs now);

 private:
  void fill_common(webcast::Common& common, std::string_view method, UnixMs now);
  void fill_user(webcast::User& user, const Person& who) const;
  void fill_text(webcast::Text& text, std::string_view key, std::string_view pattern,
                 const Person& who) const;

  Random random_;
  int lane_;
  std::int64_t room_id_ = 0;
  std::int64_t made_ = 0;
  std::string picture_base_ = "http://127.0.0.1";
};

}  // namespace papi::sim
