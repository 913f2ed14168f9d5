// Gifts and treasure boxes (Webcast protocol §4.4, §4.6, §5.4).

#include "live/decoding.hpp"

namespace papi::live {
namespace {

/// What the message says of the gift itself (a Gift).
struct Described {
  std::int64_t type = 0;
  bool combo = false;
  std::string icon_url;
};

void read_described(std::string_view bytes, events::Gift& gift, Described& out) {
  each(bytes, [&](pbf_reader& model) {
    switch (model.tag_and_type()) {
      case bytes_of(1):
        return gift.image_url = read_image_url(view(model)), true;
      case varint(10):
        return out.combo = flag(model), true;
      case varint(11):
        return out.type = model.get_int64(), true;
      case varint(12):
        return gift.diamonds_each = as_count(model.get_int64()), true;
      case bytes_of(16):
        return gift.name = text(model), true;
      case bytes_of(21):
        return out.icon_url = read_image_url(view(model)), true;
      default:
        return false;
    }
  });
}

/// The receiver as the fields to_member_id, to_member_id_int and to_member_nickname tell it.
struct Member {
  std::uint64_t id = 0;
  std::string nickname;
};

void choose_receiver(Member member, events::Gift& gift) {
  if (gift.to_user && gift.to_user->id == 0) gift.to_user.reset();
  if (gift.to_user || member.id == 0) return;
  gift.to_user.emplace();
  gift.to_user->id = member.id, gift.to_user->nickname = std::move(member.nickname);
}

}  // namespace

void read_gift(std::string_view payload, Decoded& out) {
  events::Gift gift;
  Described described;
  Member member;
  std::int64_t repeat = 0, group_count = 0;
  bool repeat_end = false;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(2):
        gift.gift_id = reader.get_int64();
        return true;
      case varint(4):
        group_count = as_count(reader.get_int64());
        return true;
      case varint(5):
        repeat = as_count(reader.get_int64());
        return true;
      case bytes_of(7):
        take_user(reader, out);
        return true;
      case bytes_of(8):
        gift.to_user = read_user(view(reader));
        return true;
      case varint(9):
        repeat_end = reader.get_int64() != 0;
        return true;
      case varint(11):
        gift.group_id = static_cast<std::uint64_t>(reader.get_int64());
        return true;
      case bytes_of(15):
        read_described(view(reader), gift, described);
        return true;
      case bytes_of(32):
        add_identity(view(reader), person(out));
        return true;
      case bytes_of(45):
        if (member.id == 0) member.id = parse_uint(view(reader)).value_or(0);
        return true;
      case varint(46):
        member.id = static_cast<std::uint64_t>(reader.get_int64());
        return true;
      case bytes_of(47):
        member.nickname = text(reader);
        return true;
      default:
        return false;
    }
  });
  if (gift.image_url.empty()) gift.image_url = std::move(described.icon_url);
  choose_receiver(std::move(member), gift);
  gift.count = as_count(std::max<std::int64_t>(repeat, 1) * std::max<std::int64_t>(group_count, 1));
  // Messages do not always have all three marks of a streak. A gift without any is finished at once.
  gift.streakable = described.type == 1 || described.combo || gift.group_id != 0;
  gift.streak_end = !gift.streakable || repeat_end;
  gift.streak_id = std::to_string(out.user ? out.user->id : 0);
  gift.streak_id += '-';
  gift.streak_id += std::to_string(gift.gift_id);
  gift.streak_id += '-';
  if (gift.streakable) {
    gift.streak_id += std::to_string(gift.group_id);
    if (gift.to_user) gift.streak_id += '-' + std::to_string(gift.to_user->id);
  }
  out.body = std::move(gift);
}

namespace {

/// EnvelopeBusinessType (Webcast protocol §4.8).
std::string_view envelope_kind(std::int64_t number, std::string_view display_text) {
  if (number == 19 || contains_ignoring_case(display_key(display_text), "superfanbox"))
    return "super_fan_box";
  switch (number) {
    case 0:
      return "";
    case 1:
    case 2:
      return "coins";
    case 4:
    case 9:
      return "portal";
    default:
      return "other";
  }
}

}  // namespace

void read_envelope(std::string_view payload, Decoded& out) {
  events::Envelope envelope;
  std::int64_t display = 0;
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(3)) return display = reader.get_int64(), true;
    if (reader.tag_and_type() != bytes_of(2)) return false;
    each(view(reader), [&](pbf_reader& info) {
      switch (info.tag_and_type()) {
        case bytes_of(1):
          return envelope.envelope_id = text(info), true;
        case varint(2):
          return envelope.kind_number = info.get_int64(), true;
        case bytes_of(4):
          return person(out).nickname = text(info), true;
        case varint(5):
          return envelope.diamonds = as_count(info.get_int64()), true;
        case varint(6):
          return envelope.people = as_count(info.get_int64()), true;
        case varint(7):
          return envelope.opens_at = to_unix_ms(info.get_int64(), 0), true;
        case bytes_of(8):
          return person(out).id = parse_uint(view(info)).value_or(0), true;
        case bytes_of(9):
          return person(out).avatar_url = read_image_url(view(info)), true;
        case varint(16):
          return envelope.super_fan_count = as_count(info.get_int64()), true;
        default:
          return false;
      }
    });
    return true;
  });
  envelope.kind = envelope_kind(envelope.kind_number, out.common.display_text);
  envelope.action = display == 2 ? "gone" : "shown";
  if (out.user && out.user->id == 0 && out.user->nickname.empty()) out.user.reset();
  out.body = std::move(envelope);
}

}  // namespace papi::live
