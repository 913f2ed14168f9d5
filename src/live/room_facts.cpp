#include "live/room_facts.hpp"

#include "live/page_json.hpp"

namespace papi::live {
namespace {

constexpr std::size_t max_text = 1'000;
constexpr std::size_t max_url = 2'048;

/// Converts a time. TikTok sends seconds and sometimes milliseconds.
std::optional<UnixMs> time_of(const json::value* value) {
  const std::int64_t number = integer(value, 0);
  if (number <= 0 || number > 10'000'000'000'000) return std::nullopt;
  return number > 100'000'000'000 ? number : number * 1'000;
}

/// Returns the URL. A URL that is too long is left out, because a cut one would be another URL.
std::string web_address(const json::value* value) {
  std::string url = page_text(value, max_url + 1);
  const bool good = url.size() <= max_url && (url.starts_with("https://") || url.starts_with("http://"));
  return good ? url : std::string();
}

std::optional<std::uint64_t> count_of(const json::value* value) {
  const std::int64_t number = integer(value, -1);
  if (number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(number);
}

void complete(std::string& own, const std::string& other) {
  if (own.empty()) own = other;
}

template <class T>
void complete(std::optional<T>& own, const std::optional<T>& other) {
  if (!own) own = other;
}

}  // namespace

bool RoomFacts::empty() const {
  return title.empty() && !started_at && cover_url.empty() && host.id.empty() && host.username.empty() &&
         host.nickname.empty() && host.avatar_url.empty() && !viewers && !likes;
}

void RoomFacts::complete_from(const RoomFacts& other) {
  complete(title, other.title);
  complete(started_at, other.started_at);
  complete(cover_url, other.cover_url);
  complete(host.id, other.host.id);
  complete(host.username, other.host.username);
  complete(host.nickname, other.host.nickname);
  complete(host.avatar_url, other.host.avatar_url);
  complete(viewers, other.viewers);
  complete(likes, other.likes);
}

RoomFacts read_room_facts(const json::value* user, const json::value* live_room) {
  RoomFacts facts;
  if (user) {
    if (const std::uint64_t id = page_id(member(*user, {"id"}))) facts.host.id = std::to_string(id);
    facts.host.username = page_text(member(*user, {"uniqueId"}), max_text);
    facts.host.nickname = page_text(member(*user, {"nickname"}), max_text);
    for (std::string_view size : {"avatarLarger", "avatarMedium", "avatarThumb"})
      complete(facts.host.avatar_url, web_address(member(*user, {size})));
  }
  if (live_room) {
    facts.title = page_text(member(*live_room, {"title"}), max_text);
    facts.started_at = time_of(member(*live_room, {"startTime"}));
    for (std::string_view cover : {"coverUrl", "squareCoverImg"})
      complete(facts.cover_url, web_address(member(*live_room, {cover})));
    facts.viewers = count_of(member(*live_room, {"liveRoomStats", "userCount"}));
    for (std::string_view likes : {"likeCount", "diggCount"})
      complete(facts.likes, count_of(member(*live_room, {"liveRoomStats", likes})));
  }
  return facts;
}

void write_room(JsonWriter& out, const std::optional<RoomFacts>& facts) {
  if (!facts || facts->empty()) return;
  const auto text = [&out](std::string_view key, const std::string& value) {
    if (!value.empty()) out.field(key, value);
  };
  out.open("room");
  text("title", facts->title);
  if (facts->started_at) out.field("started_at", rfc3339(*facts->started_at));
  text("cover_url", facts->cover_url);
  const RoomHost& host = facts->host;
  if (!host.id.empty() || !host.username.empty() || !host.nickname.empty() || !host.avatar_url.empty()) {
    out.open("host");
    text("id", host.id);
    text("username", host.username);
    text("nickname", host.nickname);
    text("avatar_url", host.avatar_url);
    text("picture", host.picture);
    out.close();
  }
  if (facts->viewers) out.field("viewers", *facts->viewers);
  if (facts->likes) out.field("likes", *facts->likes);
  out.close();
}

}  // namespace papi::live
