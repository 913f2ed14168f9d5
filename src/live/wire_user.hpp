#pragma once

// Readers of the parts that many messages share (dossier §4.2, §4.3), on protozero.

#include <protozero/pbf_reader.hpp>
#include <string>
#include <string_view>

#include "events/event.hpp"

namespace papi::live {

using protozero::pbf_reader;

constexpr std::uint32_t varint(int number) {
  return protozero::tag_and_type(static_cast<protozero::pbf_tag_type>(number),
                                 protozero::pbf_wire_type::varint);
}
constexpr std::uint32_t bytes_of(int number) {
  return protozero::tag_and_type(static_cast<protozero::pbf_tag_type>(number),
                                 protozero::pbf_wire_type::length_delimited);
}
inline std::string_view view(pbf_reader& reader) {
  const auto data = reader.get_view();
  return {data.data(), data.size()};
}
inline pbf_reader reader_of(std::string_view bytes) { return pbf_reader(bytes.data(), bytes.size()); }
/// A wire string as valid UTF-8.
std::string text(pbf_reader& reader);

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
