#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "events/ids.hpp"
#include "platform/base/error.hpp"

namespace papi::live {

/// A short link of TikTok. Its room is known only after a request to it: `vm.tiktok.com/CODE`,
/// `vt.tiktok.com/CODE` or `www.tiktok.com/t/CODE`.
struct ShortLink {
  std::string host;  // lower case
  std::string path;  // `/CODE/` or `/t/CODE/`
};

/// The room that a caller asks for: a username (`name`, `@name` or a tiktok.com URL), a room id, or a short
/// link. RoomLookup::resolve() turns a short link into one of the others.
class RoomReference {
 public:
  /// Parses a username, a URL or a short link. A username has 2–24 characters of [A-Za-z0-9_.-] and is kept
  /// in lower case. In the path of a URL, only `/@name` names a person and only `/share/live/NUMBER` a room.
  static Result<RoomReference> parse_username(std::string_view text);
  static Result<RoomReference> parse_room_id(std::string_view text);
  /// Parses the path of a URL on one of TikTok's hosts. Returns nullopt if the path names neither a person
  /// nor a room.
  static std::optional<RoomReference> parse_path(std::string_view path);

  const std::string& username() const { return username_; }  // empty if only the room id is known
  events::RoomId room_id() const { return room_id_; }        // 0 if only the name is known
  const std::optional<ShortLink>& short_link() const { return short_link_; }
  /// Returns a key that is equal for references to the same room.
  std::string key() const;
  /// Returns the text for messages: `@name` or `room 73…`.
  std::string text() const;

 private:
  std::string username_;
  events::RoomId room_id_;
  std::optional<ShortLink> short_link_;
};

/// Returns whether the host is `tiktok.com` or a subdomain of it. Case is ignored.
bool is_tiktok_host(std::string_view host);

}  // namespace papi::live
