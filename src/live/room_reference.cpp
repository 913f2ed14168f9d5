#include "live/room_reference.hpp"

#include "platform/base/text.hpp"

namespace papi::live {
namespace {

std::string_view without_url(std::string_view text) {
  for (std::string_view scheme : {"https://", "http://"}) {
    if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  }
  for (std::string_view host : {"www.tiktok.com/", "m.tiktok.com/", "tiktok.com/"}) {
    if (!text.starts_with(host)) continue;
    text.remove_prefix(host.size());
    return text.substr(0, text.find_first_of("/?#"));
  }
  return text;
}

bool is_name(std::string_view name) {
  if (name.size() < 2 || name.size() > 24) return false;
  for (char c : name) {
    const bool good =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    if (!good) return false;
  }
  return true;
}

}  // namespace

Result<RoomReference> RoomReference::parse_username(std::string_view text) {
  std::string_view name = without_url(trim(text));
  if (name.starts_with('@')) name.remove_prefix(1);
  if (!is_name(name)) {
    return invalid(
        "username",
        "a name of 2 to 24 letters, digits, '_' and '.', with or without '@', or a tiktok.com URL of one");
  }
  RoomReference reference;
  reference.username_ = name;
  return reference;
}

Result<RoomReference> RoomReference::parse_room_id(std::string_view text) {
  const auto id = parse_uint(trim(text));
  if (!id || *id == 0) return invalid("room_id", "a room's number, as a string of digits");
  RoomReference reference;
  reference.room_id_ = *id;
  return reference;
}

std::string RoomReference::key() const {
  return username_.empty() ? "#" + std::to_string(room_id_) : to_lower_ascii(username_);
}

std::string RoomReference::text() const {
  return username_.empty() ? "room " + std::to_string(room_id_) : "@" + username_;
}

}  // namespace papi::live
