#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/base/error.hpp"

namespace papi::live {

/// A link of TikTok's that tells only when asked which room it means: `vm.tiktok.com/CODE`,
/// `vt.tiktok.com/CODE` or `www.tiktok.com/t/CODE`.
struct ShortLink {
  std::string host;  // in lower case
  std::string path;  // `/CODE/` or `/t/CODE/`
};

/// Which room a caller means: a person's name (`name`, `@name` or a tiktok.com URL), a room's number, or a
/// short link, which RoomLookup::resolve() turns into one of these.
class RoomReference {
 public:
  /// Names are 2–24 of [A-Za-z0-9_.-], in lower case from here on. Of a URL's path only `/@name` names a
  /// person and `/share/live/NUMBER` a room.
  static Result<RoomReference> parse_username(std::string_view text);
  static Result<RoomReference> parse_room_id(std::string_view text);
  /// What the path of an address on one of TikTok's hosts means; nothing where it names neither.
  static std::optional<RoomReference> parse_path(std::string_view path);

  const std::string& username() const { return username_; }  // empty where only the number is known
  std::uint64_t room_id() const { return room_id_; }         // 0 where only the name is known
  const std::optional<ShortLink>& short_link() const { return short_link_; }
  /// Equal for references to the same room.
  std::string key() const;
  /// For messages: `@name` or `room 73…`.
  std::string text() const;

 private:
  std::string username_;
  std::uint64_t room_id_ = 0;
  std::optional<ShortLink> short_link_;
};

/// `tiktok.com` and the hosts under it, in any case.
bool is_tiktok_host(std::string_view host);

}  // namespace papi::live
