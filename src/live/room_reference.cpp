#include "live/room_reference.hpp"

#include <algorithm>

#include "platform/base/text.hpp"

namespace papi::live {
namespace {

constexpr std::string_view rule =
    "a name of 2 to 24 letters, digits, '_', '.' and '-', with or without '@', or a tiktok.com URL of a "
    "person "
    "(https://www.tiktok.com/@name), of a room (/share/live/NUMBER) or a short link "
    "(https://vm.tiktok.com/CODE)";
constexpr std::string_view full_width_at = "\xEF\xBC\xA0";  // U+FF20

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name(std::string_view name) {
  return name.size() >= 2 && name.size() <= 24 && std::all_of(name.begin(), name.end(), [](char c) {
           return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-';
         });
}

bool is_code(std::string_view code) {
  return code.size() >= 4 && code.size() <= 32 && std::all_of(code.begin(), code.end(), is_letter_or_digit);
}

/// Removes a leading '@' or full-width '@'. Returns false if the text begins with neither.
bool take_at(std::string_view& text) {
  for (std::string_view at : {std::string_view("@"), full_width_at}) {
    if (!text.starts_with(at)) continue;
    text.remove_prefix(at.size());
    return true;
  }
  return false;
}

struct Address {
  std::string host;  // lower case, without a default port
  std::string_view path;
};

bool is_bare_site(std::string_view host) {
  for (std::string_view site :
       {"tiktok.com", "www.tiktok.com", "m.tiktok.com", "vm.tiktok.com", "vt.tiktok.com"}) {
    if (host == site) return true;
  }
  return false;
}

/// Returns the parts of a URL with or without its scheme. Returns nullopt if the text is not a URL.
std::optional<Address> address_in(std::string_view text) {
  bool is_url = false;
  for (std::string_view scheme : {"https://", "http://", "//"}) {
    if (!equals_ignoring_case(text.substr(0, scheme.size()), scheme)) continue;
    text.remove_prefix(scheme.size());
    is_url = true;
    break;
  }
  Address address;
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  address.host = to_lower_ascii(text.substr(0, end));
  for (std::string_view port : {":443", ":80"}) {
    if (address.host.ends_with(port)) address.host.resize(address.host.size() - port.size());
  }
  address.path = text.substr(end);
  if (is_url || is_bare_site(address.host) || (end < text.size() && is_tiktok_host(address.host)))
    return address;
  return std::nullopt;
}

/// Returns the path's non-empty segments, without query and fragment.
std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> out;
  for (std::string_view part : split(path.substr(0, path.find_first_of("?#")), '/')) {
    if (part.empty()) continue;
    auto plain = percent_decode(part);
    out.push_back(plain ? std::move(*plain) : std::string(part));
  }
  return out;
}

std::optional<ShortLink> short_link_of(const Address& address) {
  const std::vector<std::string> segments = segments_of(address.path);
  const bool of_link_host = address.host == "vm.tiktok.com" || address.host == "vt.tiktok.com";
  if (of_link_host && segments.size() == 1 && is_code(segments[0]))
    return ShortLink{address.host, "/" + segments[0] + "/"};
  if (segments.size() == 2 && segments[0] == "t" && is_code(segments[1]))
    return ShortLink{of_link_host ? address.host : "www.tiktok.com", "/t/" + segments[1] + "/"};
  return std::nullopt;
}

}  // namespace

bool is_tiktok_host(std::string_view host) {
  const std::string lower = to_lower_ascii(host);
  const bool plain = std::all_of(lower.begin(), lower.end(),
                                 [](char c) { return is_letter_or_digit(c) || c == '.' || c == '-'; });
  return plain && (lower == "tiktok.com" || lower.ends_with(".tiktok.com"));
}

std::optional<RoomReference> RoomReference::parse_path(std::string_view path) {
  const std::vector<std::string> segments = segments_of(path);
  if (segments.empty()) return std::nullopt;
  std::string_view name = segments[0];
  RoomReference reference;
  if (take_at(name)) {
    if (!is_name(name)) return std::nullopt;
    reference.username_ = to_lower_ascii(name);
    return reference;
  }
  if (segments.size() < 3 || segments[0] != "share" || segments[1] != "live") return std::nullopt;
  const auto number = parse_uint(segments[2]);
  if (!number || *number == 0) return std::nullopt;
  reference.room_id_ = events::RoomId(*number);
  return reference;
}

Result<RoomReference> RoomReference::parse_username(std::string_view text) {
  text = trim(text);
  if (const auto address = address_in(text)) {
    if (!is_tiktok_host(address->host)) return invalid("username", rule);
    if (auto reference = parse_path(address->path)) return std::move(*reference);
    RoomReference reference;
    reference.short_link_ = short_link_of(*address);
    if (reference.short_link_) return reference;
    return invalid("username", "this address names no person and no room; give " + std::string(rule));
  }
  if (auto plain = percent_decode(text); plain && text.starts_with('%')) {
    std::string_view name = *plain;
    if (take_at(name)) return parse_username(*plain);
  }
  std::string_view name = text;
  if (take_at(name)) name = name.substr(0, name.find_first_of("/?#"));  // `@name/live`
  if (!is_name(name)) return invalid("username", rule);
  RoomReference reference;
  reference.username_ = to_lower_ascii(name);
  return reference;
}

Result<RoomReference> RoomReference::parse_room_id(std::string_view text) {
  const auto id = parse_uint(trim(text));
  if (!id || *id == 0) return invalid("room_id", "a room's number: a whole number, or a string of digits");
  RoomReference reference;
  reference.room_id_ = events::RoomId(*id);
  return reference;
}

std::string RoomReference::key() const {
  return username_.empty() ? "#" + std::to_string(room_id_.value()) : username_;
}

std::string RoomReference::text() const {
  return username_.empty() ? "room " + std::to_string(room_id_.value()) : "@" + username_;
}

}  // namespace papi::live
