#include "profiles/profile.hpp"

#include "platform/base/enum_count.hpp"
#include "platform/base/json_writer.hpp"

namespace papi::profiles {
namespace {

constexpr std::string_view source_names[source_count] = {"live", "scraper", "generator", "initials"};
static_assert(source_count == enum_count<Source>());

std::string render(const Profile& profile, const Image& image) {
  std::string json;
  json.reserve(image.bytes.size() * 4 / 3 + 512);
  JsonWriter out(json);
  out.open();
  out.field("username", profile.username);
  out.field("nickname", profile.nickname);
  out.field("avatar_url", avatar_path(profile));
  json += ",\"avatar_data_url\":\"data:";
  json += content_type(image.header.type);
  json += ";base64,";
  append_base64(json, image.bytes);
  json += '"';
  out.field("source", to_string(profile.source));
  out.field("priority", profile.priority);
  out.field("image_hash", profile.image_hash);
  out.field("cached_at", rfc3339(profile.cached_at));
  out.field("expires_at", rfc3339(profile.expires_at));
  out.close();
  return json;
}

}  // namespace

std::string avatar_path(const Profile& profile) {
  // A path segment of "." or ".." would be removed by URL parsers (RFC 3986 §5.2.4). So a name of dots alone
  // gets an '@'.
  const bool dots = profile.username.find_first_not_of('.') == std::string::npos;
  return "/profile/" + std::string(dots ? "@" : "") + profile.username +
         "/avatar?v=" + profile.image_hash.substr(0, avatar_tag_length);
}

std::string_view to_string(Source source) { return source_names[static_cast<std::size_t>(source)]; }

std::optional<Source> parse_source(std::string_view name) {
  for (std::size_t i = 0; i < source_count; ++i) {
    if (source_names[i] == name) return static_cast<Source>(i);
  }
  return std::nullopt;
}

ProfileEntry::ProfileEntry(Profile p, std::shared_ptr<const Image> i)
    : profile(std::move(p)), image(std::move(i)), json(render(profile, *image)) {}

std::string ProfileEntry::json_below(std::string_view prefix) const {
  constexpr std::string_view before = ",\"avatar_url\":\"";  // inside a JSON text its quotes would be escaped
  std::string below;
  below.reserve(json.size() + prefix.size());
  const std::size_t at = json.find(before) + before.size();
  below.append(json, 0, at).append(prefix).append(json, at);
  return below;
}

}  // namespace papi::profiles
