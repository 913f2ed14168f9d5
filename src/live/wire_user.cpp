#include "live/wire_user.hpp"

namespace papi::live {
namespace {

struct BadgeScene {
  std::int64_t scene;
  std::string_view kind;
};
// BadgeSceneType (docs/webcast-protocol.md §4.8).
constexpr BadgeScene badge_scenes[] = {
    {1, "moderator"},  {2, "new_gifter"},   {3, "friend"},     {4, "subscriber"}, {6, "top_gifter"},
    {7, "subscriber"}, {8, "gifter_level"}, {10, "fan_level"}, {12, "host"},
};

events::Badge read_badge(std::string_view bytes) {
  events::Badge badge;
  std::int64_t scene = 0;
  std::string shown;
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case varint(BadgeField::scene_type):
        scene = reader.get_int64();
        break;
      case bytes_of(BadgeField::privilege_log_extra): {  // PrivilegeLogExtra: level is a decimal string
        pbf_reader extra = reader_of(view(reader));
        while (extra.next()) {
          if (extra.tag_and_type() == bytes_of(PrivilegeLogExtraField::level)) {
            badge.level = text(extra);
          } else {
            extra.skip();
          }
        }
        break;
      }
      case bytes_of(BadgeField::combine): {  // CombineBadge
        pbf_reader combine = reader_of(view(reader));
        while (combine.next()) {
          if (combine.tag_and_type() == bytes_of(CombineBadgeField::str)) {
            shown = text(combine);
          } else {
            combine.skip();
          }
        }
        break;
      }
      default:
        reader.skip();
    }
  }
  for (const BadgeScene& row : badge_scenes) {
    if (row.scene == scene) badge.kind = row.kind;
  }
  if (badge.kind.empty()) badge.kind = "scene_" + std::to_string(scene);
  if (badge.level.empty()) badge.level = shown;
  if (badge.level == "0") badge.level.clear();
  return badge;
}

bool read_flag(std::string_view bytes, UserAttrField field) {
  bool set = false;
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    if (reader.tag_and_type() == varint(field)) {
      set = flag(reader);
    } else {
      reader.skip();
    }
  }
  return set;
}

std::int64_t read_number(std::string_view bytes, FollowInfoField field) {
  std::int64_t value = 0;
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    if (reader.tag_and_type() == varint(field)) {
      value = reader.get_int64();
    } else {
      reader.skip();
    }
  }
  return value;
}

/// Returns whether the URL has a format that many browsers and our own decoder do not support.
bool is_exotic(std::string_view url) {
  const std::string_view path = url.substr(0, url.find('?'));
  return path.ends_with(".heic") || path.ends_with(".avif");
}

/// Removes the digits at the end of `text` and returns them.
std::string_view take_digits(std::string_view& text) {
  const auto last = text.find_last_not_of("0123456789");
  const std::size_t from = last == std::string_view::npos ? 0 : last + 1;
  const std::string_view digits = text.substr(from);
  text = text.substr(0, from);
  return digits;
}

/// Ranks a picture URL by the size at its end, `…:720:720.webp` or `…_100x100.jpeg`. 0 is best; a URL without
/// a size gets 0.
int size_rank(std::string_view url) {
  std::string_view path = url.substr(0, url.find('?'));
  path = path.substr(0, path.rfind('.'));
  const std::string_view height = take_digits(path);
  const bool parted = path.ends_with(':') || path.ends_with('x');
  if (height.empty() || !parted) return 0;
  path.remove_suffix(1);
  const auto size = parse_uint(take_digits(path));
  if (!size || *size == 0 || !(path.ends_with(':') || path.ends_with('_'))) return 0;
  if (*size > 800) return 1;  // larger than an overlay needs
  return *size < 96 ? 2 : 0;  // too small for a profile
}

/// Ranks a picture URL. The lowest rank is the best.
int rank_of(std::string_view url) { return (is_exotic(url) ? 10 : 0) + size_rank(url); }

}  // namespace

Common read_common(std::string_view bytes) {
  Common common;
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case varint(CommonField::msg_id):
        common.msg_id = static_cast<std::uint64_t>(reader.get_int64());
        break;
      case varint(CommonField::room_id):
        common.room_id = events::RoomId(static_cast<std::uint64_t>(reader.get_int64()));
        break;
      case varint(CommonField::create_time):
        common.create_time = reader.get_int64();
        break;
      case bytes_of(CommonField::display_text):
        common.display_text = view(reader);
        break;
      default:
        reader.skip();
    }
  }
  return common;
}

std::string read_image_url(std::string_view bytes) {
  std::string_view chosen;
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    if (reader.tag_and_type() != bytes_of(ImageField::url_list)) {
      reader.skip();
      continue;
    }
    const std::string_view url = view(reader);
    if (!url.starts_with("https://") && !url.starts_with("http://")) continue;
    if (chosen.empty() || rank_of(url) < rank_of(chosen)) chosen = url;
  }
  return to_utf8(chosen);
}

events::User read_user(std::string_view bytes) {
  events::User user;
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case varint(UserField::id):
        user.id = events::UserId(static_cast<std::uint64_t>(reader.get_int64()));
        break;
      case bytes_of(UserField::nickname):
        user.nickname = text(reader);
        break;
      case bytes_of(UserField::avatar_thumb):
        user.avatar_url = read_image_url(view(reader));
        break;
      case bytes_of(UserField::follow_info): {
        // 0 means nothing: gift messages of followers have it too.
        const std::int64_t status = read_number(view(reader), FollowInfoField::follow_status);
        if (status >= 1) user.is_follower = true;
        if (status == 1 || status == 2) user.is_friend = status == 2;
        break;
      }
      case bytes_of(UserField::user_attr):
        if (read_flag(view(reader), UserAttrField::is_admin)) user.is_moderator = true;
        break;
      case bytes_of(UserField::display_id):
        user.username = text(reader);
        break;
      case bytes_of(UserField::badge_list): {
        events::Badge badge = read_badge(view(reader));
        if (badge.kind == "moderator") user.is_moderator = true;
        if (badge.kind == "subscriber") user.is_subscriber = true;
        if (badge.kind == "host") user.is_host = true;
        user.badges.push_back(std::move(badge));
        break;
      }
      case varint(UserField::is_subscribe):
        if (flag(reader)) user.is_subscriber = true;
        break;
      default:
        reader.skip();
    }
  }
  return user;
}

namespace {

void learn(std::optional<bool>& role, bool said) { role = said || role.value_or(false); }

}  // namespace

void add_identity(std::string_view bytes, events::User& user) {
  bool subscriber = false, mutual = false, upstream = false, moderator = false, host = false;
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case varint(UserIdentityField::is_subscriber_of_anchor):
        subscriber = flag(reader);
        break;
      case varint(UserIdentityField::is_mutual_following_with_anchor):
        mutual = flag(reader);
        break;
      case varint(UserIdentityField::is_follower_of_anchor):
        upstream = flag(reader);
        break;
      case varint(UserIdentityField::is_moderator_of_anchor):
        moderator = flag(reader);
        break;
      case varint(UserIdentityField::is_anchor):
        host = flag(reader);
        break;
      default:
        reader.skip();
    }
  }
  learn(user.is_host, host);
  learn(user.is_moderator, moderator);
  learn(user.is_subscriber, subscriber);
  learn(user.is_follower, upstream || mutual);
  learn(user.is_friend, mutual);
}

void add_roles(const events::User& from, events::User& user) {
  for (const auto role : {&events::User::is_host, &events::User::is_moderator, &events::User::is_subscriber,
                          &events::User::is_follower, &events::User::is_friend}) {
    if (from.*role) learn(user.*role, *(from.*role));
  }
}

events::User read_battle_user(std::string_view bytes) {
  events::User user;
  pbf_reader base = reader_of(bytes);
  while (base.next()) {
    switch (base.tag_and_type()) {
      case varint(BattleBaseUserInfoField::user_id):
        user.id = events::UserId(static_cast<std::uint64_t>(base.get_int64()));
        break;
      case bytes_of(BattleBaseUserInfoField::nick_name):
        user.nickname = text(base);
        break;
      case bytes_of(BattleBaseUserInfoField::avatar_thumb):
        user.avatar_url = read_image_url(view(base));
        break;
      case bytes_of(BattleBaseUserInfoField::display_id):
        user.username = text(base);
        break;
      default:
        base.skip();
    }
  }
  return user;
}

}  // namespace papi::live
