#pragma once

// Readers of the parts that many messages share (Webcast protocol §4.2, §4.3), on protozero.

#include <string>
#include <string_view>

#include "events/event.hpp"
#include "live/protobuf.hpp"

namespace papi::live {

/// The common part of a message. The view points into the bytes that were given.
struct Common {
  std::uint64_t msg_id = 0;
  std::uint64_t room_id = 0;
  std::int64_t create_time = 0;   // as sent: ms, s or 0
  std::string_view display_text;  // a Text, not read yet
};
Common read_common(std::string_view bytes);

/// The best picture of an ImageModel: the first WebP or JPEG that is https (or http, as simulated rooms
/// have).
std::string read_image_url(std::string_view bytes);

events::User read_user(std::string_view bytes);
/// What the viewer is to the host (UserIdentity), added to what the user's own fields say. All five roles are
/// known then.
void add_identity(std::string_view bytes, events::User& user);
/// Adds the roles that `from` has. A role that either of them affirms is affirmed.
void add_roles(const events::User& from, events::User& user);
/// A BattleBaseUserInfo (Webcast protocol §4.7).
events::User read_battle_user(std::string_view bytes);

}  // namespace papi::live
