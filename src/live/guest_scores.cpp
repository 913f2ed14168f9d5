// Reads the gifts that guests on the stage receive (docs/webcast-protocol.md §4.7). Two kinds of messages
// report them, each in its own form.

#include "live/decoding.hpp"
#include "live/guest_fields.hpp"

namespace papi::live {

void read_link_mic(std::string_view payload, Decoded& out) {
  constexpr std::int64_t tickets = 8;
  events::Guest guest;
  std::int64_t user = 0, score = 0, total = 0;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(LinkMicMethodField::message_type):
        guest.raw_action = reader.get_int64();
        return true;
      case varint(LinkMicMethodField::user_id):
        user = reader.get_int64();
        return true;
      case varint(LinkMicMethodField::fan_ticket):
        score = reader.get_int64();
        return true;
      case varint(LinkMicMethodField::total_linkmic_fan_ticket):
        total = reader.get_int64();
        return true;
      default:
        return false;
    }
  });
  take_id_if_missing(user, out);
  guest.action = guest.raw_action == tickets ? "score" : "other";
  if (guest.raw_action == tickets) {
    guest.score = score;
    guest.total = total;
  }
  out.body = std::move(guest);
}

void read_fan_tickets(std::string_view payload, Decoded& out) {
  events::Guest guest;
  guest.action = "score";
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != bytes_of(LinkMicFanTicketMethodField::fan_ticket_room_notice)) return false;
    each(view(reader), [&](pbf_reader& notice) {
      if (notice.tag_and_type() == varint(FanTicketRoomNoticeContentField::total_linkmic_fan_ticket)) {
        guest.total = notice.get_int64();
        return true;
      }
      if (notice.tag_and_type() != bytes_of(FanTicketRoomNoticeContentField::user_fan_ticket) ||
          guest.guests.size() >= most_stage_guests)
        return false;
      events::StageGuest one;
      one.score = 0;
      each(view(notice), [&](pbf_reader& ticket) {
        if (ticket.tag_and_type() == varint(UserFanTicketField::user_id)) {
          one.user = user_with_id(ticket.get_int64());
          return true;
        }
        if (ticket.tag_and_type() == varint(UserFanTicketField::fan_ticket)) {
          one.score = ticket.get_int64();
          return true;
        }
        return false;
      });
      guest.guests.push_back(std::move(one));
      return true;
    });
    return true;
  });
  if (guest.guests.size() == 1) {
    out.user = guest.guests.front().user;
    guest.score = guest.guests.front().score;
  }
  out.body = std::move(guest);
}

}  // namespace papi::live
