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
  std::string picture;  // path of the picture in this service, as in events
};

/// The facts about a stream that TikTok's pages give at the look-up. An empty or absent member is unknown.
struct RoomFacts {
  std::string title;
  std::optional<UnixMs> started_at;
  std::string cover_url;
  RoomHost host;
  std::optional<std::uint64_t> viewers;
  std::optional<std::uint64_t> likes;

  bool empty() const;
  /// Fills the unknown members from `other`.
  void complete_from(const RoomFacts& other);
};

/// Reads `user` and `liveRoom` of the live page or of api-live (docs/webcast-protocol.md §1.2, §1.3). A
/// missing part is nullptr.
RoomFacts read_room_facts(const json::value* user, const json::value* live_room);

/// Writes the member `room`. Writes nothing if no fact is known.
void write_room(JsonWriter& out, const std::optional<RoomFacts>& facts);

}  // namespace papi::live
