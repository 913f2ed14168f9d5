#pragma once

// Readers of the parts that many messages share (dossier §4.2, §4.3), on protozero.

#include <string>
#include <string_view>

#include "events/event.hpp"
#include "live/protobuf.hpp"

namespace papi::live {

struct Common {
  std::uint64_t msg_id = 0;
  std::uint64_t room_id = 0;
  std::int64_t create_time = 0;  // as sent: ms, s or 0
  std::string display_key;
};
Common read_common(std::string_view bytes);

/// The best picture of an ImageModel: the first WebP or JPEG that is https (or http, as simulated rooms
/// have).
std::string read_image_url(std::string_view bytes);

events::User read_user(std::string_view bytes);
/// What the viewer is to the host (UserIdentity), added to what the user's own fields say.
void add_identity(std::string_view bytes, events::User& user);

}  // namespace papi::live
