// Reads gifts and treasure boxes (docs/webcast-protocol.md §4.4, §4.6, §5.4).

#include "live/decoding.hpp"

namespace papi::live {
namespace {

/// The message's data about the gift itself (a Gift).
struct Described {
  std::int64_t type = 0;
  bool combo = false;
  std::string icon_url;
};

void read_described(std::string_view bytes, events::Gift& gift, Described& out) {
  each(bytes, [&](pbf_reader& model) {
    switch (model.tag_and_type()) {
      case bytes_of(GiftField::image):
        gift.image_url = read_image_url(view(model));
        return true;
      case varint(GiftField::combo):
        out.combo = flag(model);
        return true;
      case varint(GiftField::type):
        out.type = model.get_int64();
        return true;
      case varint(GiftField::diamond_count):
        gift.diamonds_each = as_count(model.get_int64());
        return true;
      case bytes_of(GiftField::name):
        gift.name = text(model);
        return true;
      case bytes_of(GiftField::icon):
        out.icon_url = read_image_url(view(model));
        return true;
      default:
        return false;
    }
  });
}

/// The receiver, from the fields to_member_id, to_member_id_int and to_member_nickname.
struct Member {
  events::UserId id;
  std::string nickname;
};

void choose_receiver(Member member, events::Gift& gift) {
  if (gift.to_user && gift.to_user->id == events::UserId()) gift.to_user.reset();
  if (gift.to_user || member.id == events::UserId()) return;
  gift.to_user.emplace();
  gift.to_user->id = member.id;
  gift.to_user->nickname = std::move(member.nickname);
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
      case varint(GiftMessageField::gift_id):
        gift.gift_id = reader.get_int64();
        return true;
      case varint(GiftMessageField::group_count):
        group_count = as_count(reader.get_int64());
        return true;
      case varint(GiftMessageField::repeat_count):
        repeat = as_count(reader.get_int64());
        return true;
      case bytes_of(GiftMessageField::user):
        take_user(reader, out);
        return true;
      case bytes_of(GiftMessageField::to_user):
        gift.to_user = read_user(view(reader));
        return true;
      case varint(GiftMessageField::repeat_end):
        repeat_end = reader.get_int64() != 0;
        return true;
      case varint(GiftMessageField::group_id):
        gift.group_id = static_cast<std::uint64_t>(reader.get_int64());
        return true;
      case bytes_of(GiftMessageField::gift):
        read_described(view(reader), gift, described);
        return true;
      case bytes_of(GiftMessageField::user_identity):
        add_identity(view(reader), person(out));
        return true;
      case bytes_of(GiftMessageField::to_member_id):
        if (member.id == events::UserId()) member.id = events::UserId(parse_uint(view(reader)).value_or(0));
        return true;
      case varint(GiftMessageField::to_member_id_int):
        member.id = events::UserId(static_cast<std::uint64_t>(reader.get_int64()));
        return true;
      case bytes_of(GiftMessageField::to_member_nickname):
        member.nickname = text(reader);
        return true;
      default:
        return false;
    }
  });
  if (gift.image_url.empty()) gift.image_url = std::move(described.icon_url);
  choose_receiver(std::move(member), gift);
  gift.count = as_count(std::max<std::int64_t>(repeat, 1) * std::max<std::int64_t>(group_count, 1));
  // Messages do not always have all three marks of a streak. A gift without any of them is complete at once.
  gift.streakable = described.type == 1 || described.combo || gift.group_id != 0;
  gift.streak_end = !gift.streakable || repeat_end;
  gift.streak_id = std::to_string(out.user ? out.user->id.value() : 0);
  gift.streak_id += '-';
  gift.streak_id += std::to_string(gift.gift_id);
  gift.streak_id += '-';
  if (gift.streakable) {
    gift.streak_id += std::to_string(gift.group_id);
    if (gift.to_user) gift.streak_id += '-' + std::to_string(gift.to_user->id.value());
  }
  out.body = std::move(gift);
}

namespace {

/// Returns the name of an EnvelopeBusinessType (docs/webcast-protocol.md §4.8).
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
    if (reader.tag_and_type() == varint(EnvelopeMessageField::display)) {
      display = reader.get_int64();
      return true;
    }
    if (reader.tag_and_type() != bytes_of(EnvelopeMessageField::envelope_info)) return false;
    each(view(reader), [&](pbf_reader& info) {
      switch (info.tag_and_type()) {
        case bytes_of(EnvelopeInfoField::envelope_id):
          envelope.envelope_id = text(info);
          return true;
        case varint(EnvelopeInfoField::business_type):
          envelope.kind_number = info.get_int64();
          return true;
        case bytes_of(EnvelopeInfoField::send_user_name):
          person(out).nickname = text(info);
          return true;
        case varint(EnvelopeInfoField::diamond_count):
          envelope.diamonds = as_count(info.get_int64());
          return true;
        case varint(EnvelopeInfoField::people_count):
          envelope.people = as_count(info.get_int64());
          return true;
        case varint(EnvelopeInfoField::unpack_at):
          envelope.opens_at = to_unix_ms(info.get_int64(), 0);
          return true;
        case bytes_of(EnvelopeInfoField::send_user_id):
          person(out).id = events::UserId(parse_uint(view(info)).value_or(0));
          return true;
        case bytes_of(EnvelopeInfoField::send_user_avatar):
          person(out).avatar_url = read_image_url(view(info));
          return true;
        case varint(EnvelopeInfoField::super_fan_count):
          envelope.super_fan_count = as_count(info.get_int64());
          return true;
        default:
          return false;
      }
    });
    return true;
  });
  envelope.kind = envelope_kind(envelope.kind_number, out.common.display_text);
  envelope.action = display == 2 ? "gone" : "shown";
  if (out.user && out.user->id == events::UserId() && out.user->nickname.empty()) out.user.reset();
  out.body = std::move(envelope);
}

}  // namespace papi::live
