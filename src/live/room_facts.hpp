#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "platform/base/clock.hpp"
#include "platform/base/json_writer.hpp"

namespace papi::live {

namespace json = boost::json;

struct RoomHost {
  std::string id;
  std::string username;
  std::string nickname;
  std::string avatar_url;
  std::string picture;  // our own address, as in events
};

/// What the platform's page says of a stream when it is looked up. Empty and absent: not said.
struct RoomFacts {
  std::string title;
  std::optional<UnixMs> started_at;
  std::string cover_url;
  RoomHost host;
  std::optional<std::uint64_t> viewers;
  std::optional<std::uint64_t> likes;

  bool empty() const;
  /// Takes over what this one does not know.
  void complete_from(const RoomFacts& other);
};

/// From `user` and `liveRoom` of the live page or of api-live (Webcast protocol §1.2, §1.3); nullptr:
/// missing.
RoomFacts read_room_facts(const json::value* user, const json::value* live_room);

/// As member `room`; nothing where nothing is known.
void write_room(JsonWriter& out, const std::optional<RoomFacts>& facts);

}  // namespace papi::live
