// Reads subscriptions, and the barrages that announce entries, subscriptions and super fans
// (docs/webcast-protocol.md §4.6).

#include "live/decoding.hpp"

namespace papi::live {
namespace {

/// The fields of a SubNotifyMessage.
struct Notified {
  std::int64_t months = 0, status = 0, message_type = 0;
  bool gift_source = false;
  std::string package;
};

/// Returns the giver of a subscription, if the text names another person than the receiver.
std::optional<User> giver(const Decoded& out) {
  const std::string_view bytes = display_user(out.common.display_text);
  if (bytes.empty()) return std::nullopt;
  User named = read_user(bytes);
  if (named.id == events::UserId() || (out.user && out.user->id == named.id)) return std::nullopt;
  return named;
}

/// Returns the action of a notice. Returns an empty string if it announces a new subscription.
std::string_view notice_action(const Notified& notified) {
  if (notified.status == 3) return "cancelled";
  if (notified.status == 4) return "refunded";
  switch (notified.message_type) {
    case 0:  // success
    case 6:  // a gifted subscription, sent to the viewers
    case 7:  // a gifted subscription, sent to the host
      return "";
    case 2:
      return "expires_soon";
    case 3:
      return "goal_created";
    case 4:
    case 5:
      return "goal_completed";
    case 8:
    case 9:
    case 10:
      return "gift_over";
    default:
      return "notice";
  }
}

/// The fields of a barrage, wherever they are in the message.
struct Barrage {
  std::int64_t msg_type = 0;
  std::string sub_type;
  std::string_view content, common_content;
  std::string_view user, grade_user, fan_user;
  std::int64_t gifted_subscriptions = 0;
  std::int64_t grade = 0;
};

/// `ParamField` is UserGradeParamField or FansLevelParamField.
template <class ParamField>
std::string_view user_in_param(std::string_view bytes, std::int64_t& grade) {
  std::string_view user;
  each(bytes, [&](pbf_reader& param) {
    if (param.tag_and_type() == varint(ParamField::current_grade)) {
      grade = param.get_int64();
      return true;
    }
    if (param.tag_and_type() == bytes_of(ParamField::user)) {
      user = view(param);
      return true;
    }
    return false;
  });
  return user;
}

Barrage read_fields(std::string_view payload, Decoded& out) {
  Barrage barrage;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(BarrageMessageField::msg_type):
        barrage.msg_type = reader.get_int64();
        return true;
      case bytes_of(BarrageMessageField::content):
        barrage.content = view(reader);
        return true;
      case bytes_of(BarrageMessageField::sub_type):
        barrage.sub_type = text(reader);
        return true;
      case bytes_of(BarrageMessageField::common_barrage_content):
        barrage.common_content = view(reader);
        return true;
      case bytes_of(BarrageMessageField::user):
        barrage.user = view(reader);
        return true;
      case bytes_of(BarrageMessageField::user_grade_param):
        barrage.grade_user = user_in_param<UserGradeParamField>(view(reader), barrage.grade);
        return true;
      case bytes_of(BarrageMessageField::fans_level_param):
        barrage.fan_user = user_in_param<FansLevelParamField>(view(reader), barrage.grade);
        return true;
      case bytes_of(BarrageMessageField::subscribe_gift_param):
        each(view(reader), [&](pbf_reader& param) {
          if (param.tag_and_type() != varint(SubscribeGiftParamField::gift_sub_count)) return false;
          barrage.gifted_subscriptions = as_count(param.get_int64());
          return true;
        });
        return true;
      default:
        return false;
    }
  });
  return barrage;
}

/// Returns the digits at the end, for example the level in `BecomingSuperFanLv10`.
std::string trailing_number(std::string_view sub_type) {
  const auto last = sub_type.find_last_not_of("0123456789");
  return std::string(sub_type.substr(last == std::string_view::npos ? 0 : last + 1));
}

void subscribe(std::string_view kind, events::Announcement said, Decoded& out) {
  events::Subscribe subscribe;
  subscribe.kind = kind;
  if (kind == "super_fan") subscribe.tier = trailing_number(said.sub_type);
  subscribe.announcement = std::move(said);
  out.body = std::move(subscribe);
}

void gift_subscriptions(std::int64_t count, events::Announcement said, Decoded& out) {
  events::Subscribe subscribe;
  subscribe.gifted = true;
  subscribe.count = std::max<std::int64_t>(count, 1);
  subscribe.from = out.user;
  subscribe.announcement = std::move(said);
  out.body = std::move(subscribe);
}

void join(std::string_view source, events::Announcement said, Decoded& out) {
  events::Join join;
  join.source = source;
  join.announcement = std::move(said);
  out.body = std::move(join);
}

}  // namespace

void read_subscription(std::string_view payload, Decoded& out) {
  Notified notified;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case bytes_of(SubNotifyMessageField::user):
        take_user(reader, out);
        return true;
      case varint(SubNotifyMessageField::sub_month):
        notified.months = as_count(reader.get_int64());
        return true;
      case varint(SubNotifyMessageField::message_type):
        notified.message_type = reader.get_int64();
        return true;
      case varint(SubNotifyMessageField::subscribing_status):
        notified.status = reader.get_int64();
        return true;
      case varint(SubNotifyMessageField::gift_source):
        notified.gift_source = reader.get_int64() != 0;
        return true;
      case bytes_of(SubNotifyMessageField::package_id):
        notified.package = text(reader);
        return true;
      default:
        return false;
    }
  });
  DisplayText words = read_display_text(out.common.display_text);
  if (const std::string_view action = notice_action(notified); !action.empty()) {
    events::RoomNotice notice;
    notice.kind = "subscription";
    notice.action = action;
    notice.text = std::move(words.text);
    notice.key = std::move(words.key);
    out.body = std::move(notice);
    return;
  }
  events::Subscribe subscribe;
  subscribe.months = notified.months;
  subscribe.gifted = notified.message_type == 6 || notified.message_type == 7 || notified.gift_source;
  subscribe.tier = std::move(notified.package);
  if (subscribe.gifted) subscribe.from = giver(out);
  if (!words.text.empty())
    subscribe.announcement = events::Announcement{std::move(words.text), std::move(words.key), "", 0};
  out.body = std::move(subscribe);
}

void read_barrage(std::string_view payload, Decoded& out) {
  Barrage barrage = read_fields(payload, out);
  const std::string_view texts[] = {barrage.content, barrage.common_content, out.common.display_text};
  DisplayText words;
  for (const std::string_view bytes : texts) {
    if (words.text.empty() && !bytes.empty()) {
      const std::string_view user = words.user;
      words = read_display_text(bytes);
      if (words.user.empty()) words.user = user;
    }
  }
  for (const std::string_view user :
       {barrage.user, barrage.grade_user, barrage.fan_user, words.user, display_user(barrage.common_content)})
    take_user_if_missing(user, out);
  events::Announcement said{std::move(words.text), std::move(words.key), std::move(barrage.sub_type),
                            barrage.msg_type};
  bool joined = false, became = contains_ignoring_case(said.sub_type, "becomingsuperfan");
  for (const std::string_view bytes : texts) {
    const std::string_view key = display_key(bytes);
    joined = joined || contains_ignoring_case(key, "superfan_commentnotif_superfanjoined");
    const bool of_a_box = contains_ignoring_case(key, "ttlive_superfanbox");
    became = became || (contains_ignoring_case(key, "ttlive_superfan") && !of_a_box);
  }
  if (joined) {
    join("super_fan", std::move(said), out);
  } else if (became) {
    subscribe("super_fan", std::move(said), out);
  } else if (barrage.msg_type == 4) {
    subscribe("subscription", std::move(said), out);
  } else if (barrage.msg_type == 7) {
    gift_subscriptions(barrage.gifted_subscriptions, std::move(said), out);
  } else if (barrage.msg_type == 9 || barrage.msg_type == 11) {
    join(barrage.msg_type == 9 ? "grade" : "fans_level", std::move(said), out);
  } else {
    events::RoomNotice notice;
    notice.kind = "barrage";
    notice.text = std::move(said.text);
    notice.key = std::move(said.key);
    notice.sub_type = std::move(said.sub_type);
    notice.msg_type = said.msg_type;
    out.body = std::move(notice);
  }
}

}  // namespace papi::live
