// Guests on the stage: who is invited, joins, leaves, and what they were given (Webcast protocol §4.7). Four
// kinds of messages tell it, each in its own way.

#include "live/decoding.hpp"

namespace papi::live {
namespace {

constexpr std::size_t most_guests = 100;
constexpr std::int64_t host_role = 1;

struct Action {
  std::int64_t number;
  std::string_view name;
};

// LinkMessageType of WebcastLinkMessage.
constexpr Action link_actions[] = {{1, "created"},
                                   {2, "closed"},
                                   {3, "invited"},
                                   {4, "applied"},
                                   {5, "answered"},
                                   {6, "joined"},
                                   {7, "left"},
                                   {8, "permitted"},
                                   {9, "invitation_cancelled"},
                                   {10, "waiting_list"},
                                   {11, "guest_list"},
                                   {12, "updated"},
                                   {13, "removed"},
                                   {14, "application_cancelled"},
                                   {15, "muted"},
                                   {16, "matched"},
                                   {17, "settings"},
                                   {18, "moved"},
                                   {19, "left"},
                                   {20, "waiting_list"},
                                   {21, "guest_list"},
                                   {22, "cohost_list"},
                                   {23, "media"},
                                   {24, "accepted"},
                                   {101, "removed"},
                                   {102, "notice"}};

// LinkLayerMessageType.
constexpr Action layer_actions[] = {{1, "created"},
                                    {2, "invited"},
                                    {3, "applied"},
                                    {4, "permitted"},
                                    {5, "answered"},
                                    {6, "removed"},
                                    {7, "application_cancelled"},
                                    {8, "invitation_cancelled"},
                                    {9, "left"},
                                    {10, "closed"},
                                    {11, "guest_list"},
                                    {12, "joined"},
                                    {13, "group_joined"},
                                    {14, "group_permitted"},
                                    {15, "group_cancelled"},
                                    {16, "group_left"},
                                    {17, "group_changed"},
                                    {18, "group_changed"}};

template <std::size_t count>
std::string action_name(const Action (&actions)[count], std::int64_t number) {
  for (const Action& action : actions) {
    if (action.number == number) return std::string(action.name);
  }
  return "other";
}

void take_id(std::int64_t id, Decoded& out) {
  if (id != 0 && !out.user) out.user = user_with_id(id);
}

/// A guest in a list, with what the list says of the role.
struct Listed {
  events::StageGuest guest;
  std::int64_t role = 0;
};

/// A ListUser or a LinkListUser: {user, …} with the numbers of their fields, 0 for a field that it has not.
struct ListFields {
  int role, position, score;
};
constexpr ListFields list_user{10, 6, 0};
constexpr ListFields link_list_user{4, 0, 7};

Listed read_listed(std::string_view bytes, ListFields fields) {
  Listed listed;
  each(bytes, [&](pbf_reader& reader) {
    const std::uint32_t field = reader.tag_and_type();
    if (field == bytes_of(1)) return listed.guest.user = read_user(view(reader)), true;
    if (field == varint(fields.role)) return listed.role = reader.get_int64(), true;
    if (fields.position > 0 && field == varint(fields.position))
      return listed.guest.position = reader.get_int64(), true;
    if (fields.score > 0 && field == varint(fields.score))
      return listed.guest.score = reader.get_int64(), true;
    return false;
  });
  return listed;
}

/// The guests in field 1, and the only one among them who is not the host.
std::optional<User> read_list(std::string_view bytes, ListFields fields, events::Guest& guest) {
  std::optional<User> only;
  int others = 0;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != bytes_of(1) || guest.guests.size() >= most_guests) return false;
    Listed listed = read_listed(view(reader), fields);
    if (listed.role != host_role && ++others == 1) only = listed.guest.user;
    guest.guests.push_back(std::move(listed.guest));
    return true;
  });
  return others == 1 ? only : std::nullopt;
}

/// The number in field `number`, and the User in `user`, of which the second tells more.
void take_either(std::string_view bytes, int number, int user, Decoded& out) {
  std::int64_t id = 0;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(number)) return id = reader.get_int64(), true;
    if (user == 0 || reader.tag_and_type() != bytes_of(user)) return false;
    return take_user_if_missing(view(reader), out), true;
  });
  if (out.user && out.user->id == 0) out.user.reset();
  take_id(id, out);
}

/// A LinkerMuteContent {user_id, mute_status}: 0 is mute.
void read_mute(std::string_view bytes, events::Guest& guest, Decoded& out) {
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(1)) return take_id(reader.get_int64(), out), true;
    if (reader.tag_and_type() != varint(2)) return false;
    if (reader.get_int64() == 1) guest.action = "unmuted";
    return true;
  });
}

/// A LinkerMicIdxUpdateContent {{op, user_id, mic_idx}}.
void read_place(std::string_view bytes, events::Guest& guest, Decoded& out) {
  each(bytes, [&](pbf_reader& outer) {
    if (outer.tag_and_type() != bytes_of(1)) return false;
    each(view(outer), [&](pbf_reader& reader) {
      if (reader.tag_and_type() == varint(2)) return take_id(reader.get_int64(), out), true;
      if (reader.tag_and_type() == varint(3)) return guest.position = reader.get_int64(), true;
      return false;
    });
    return true;
  });
}

/// The content of a WebcastLinkMessage, which has a field of its own for each action.
bool read_link_content(int field, std::string_view bytes, events::Guest& guest, Decoded& out) {
  switch (field) {
    case 5:
      return take_either(bytes, 1, 8, out), true;
    case 6:
      return take_either(bytes, 4, 10, out), true;
    case 9:
      if (auto only = read_list(bytes, list_user, guest)) out.user = std::move(only);
      return true;
    case 10:
    case 101:
      return take_either(bytes, 1, 0, out), true;
    case 11:
    case 14:
    case 23:
      return take_either(bytes, field == 23 ? 3 : 2, 0, out), true;
    case 13:
      return read_list(bytes, list_user, guest), true;
    case 16:
      return read_mute(bytes, guest, out), true;
    case 19:
      return read_place(bytes, guest, out), true;
    case 20:
      return read_list(bytes, link_list_user, guest), true;
    case 102:
      return take_either(bytes, 1, 0, out), true;
    default:
      return false;
  }
}

/// A Player {room_id, user_id}.
std::int64_t read_player(std::string_view bytes) {
  std::int64_t id = 0;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != varint(2)) return false;
    return id = reader.get_int64(), true;
  });
  return id;
}

/// The number at the end of a path of nested messages.
std::int64_t number_at(std::string_view bytes, std::initializer_list<int> path, int last) {
  for (const int number : path) {
    std::string_view inner;
    each(bytes, [&](pbf_reader& reader) {
      if (reader.tag_and_type() != bytes_of(number)) return false;
      return inner = view(reader), true;
    });
    bytes = inner;
  }
  std::int64_t found = -1;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != varint(last)) return false;
    return found = reader.get_int64(), true;
  });
  return found;
}

/// A LinkLayerListUser {player, id, position}.
events::StageGuest read_layer_user(std::string_view bytes) {
  events::StageGuest guest;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == bytes_of(1))
      return guest.user = user_with_id(read_player(view(reader))), true;
    if (reader.tag_and_type() != bytes_of(3)) return false;
    return guest.position = number_at(view(reader), {2}, 1), true;
  });
  return guest;
}

/// A LinkListChangeContent: those who are linked are the guests.
void read_layer_list(std::string_view bytes, events::Guest& guest) {
  each(bytes, [&](pbf_reader& content) {
    if (content.tag_and_type() != bytes_of(2)) return false;
    each(view(content), [&](pbf_reader& lists) {
      if (lists.tag_and_type() != bytes_of(2) || guest.guests.size() >= most_guests) return false;
      return guest.guests.push_back(read_layer_user(view(lists))), true;
    });
    return true;
  });
}

/// The Player in field `number` of a content.
void take_player(std::string_view bytes, int number, Decoded& out) {
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != bytes_of(number)) return false;
    return take_id(read_player(view(reader)), out), true;
  });
}

/// The content of a WebcastLinkLayerMessage: which of its Players is the person differs.
bool read_layer_content(int field, std::string_view bytes, events::Guest& guest, Decoded& out) {
  switch (field) {
    case 102:
      return read_layer_list(bytes, guest), true;
    case 103:
      return take_player(bytes, 8, out), true;
    case 105:
      return take_player(bytes, 6, out), true;
    case 109:
      return take_player(bytes, 5, out), true;
    case 112:
      each(bytes, [&](pbf_reader& reader) {
        if (reader.tag_and_type() != bytes_of(1)) return false;
        const events::StageGuest joiner = read_layer_user(view(reader));
        guest.position = joiner.position;
        return take_id(static_cast<std::int64_t>(joiner.user.id), out), true;
      });
      return true;
    case 100:
    case 104:
    case 106:
    case 107:
    case 108:
    case 110:
    case 111:
      return take_player(bytes, 1, out), true;
    default:
      return false;
  }
}

/// Runs `read_content` for each nested message of a payload, and reads the action in field 2.
template <class ReadContent>
std::int64_t read_action(std::string_view payload, Decoded& out, ReadContent read_content) {
  std::int64_t action = 0;
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(2)) return action = reader.get_int64(), true;
    if (reader.wire_type() != protozero::pbf_wire_type::length_delimited) return false;
    const int field = static_cast<int>(reader.tag());
    return read_content(field, view(reader)), true;
  });
  return action;
}

}  // namespace

void read_link(std::string_view payload, Decoded& out) {
  events::Guest guest;
  guest.action = "muted";
  guest.raw_action = read_action(
      payload, out, [&](int field, std::string_view bytes) { read_link_content(field, bytes, guest, out); });
  if (guest.action != "unmuted") guest.action = action_name(link_actions, guest.raw_action);
  out.body = std::move(guest);
}

void read_link_layer(std::string_view payload, Decoded& out) {
  events::Guest guest;
  guest.raw_action = read_action(
      payload, out, [&](int field, std::string_view bytes) { read_layer_content(field, bytes, guest, out); });
  guest.action = action_name(layer_actions, guest.raw_action);
  out.body = std::move(guest);
}

void read_link_mic(std::string_view payload, Decoded& out) {
  constexpr std::int64_t tickets = 8;
  events::Guest guest;
  std::int64_t user = 0, score = 0, total = 0;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(2):
        return guest.raw_action = reader.get_int64(), true;
      case varint(5):
        return user = reader.get_int64(), true;
      case varint(6):
        return score = reader.get_int64(), true;
      case varint(7):
        return total = reader.get_int64(), true;
      default:
        return false;
    }
  });
  take_id(user, out);
  guest.action = guest.raw_action == tickets ? "score" : "other";
  if (guest.raw_action == tickets) guest.score = score, guest.total = total;
  out.body = std::move(guest);
}

void read_fan_tickets(std::string_view payload, Decoded& out) {
  events::Guest guest;
  guest.action = "score";
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != bytes_of(2)) return false;
    each(view(reader), [&](pbf_reader& notice) {
      if (notice.tag_and_type() == varint(2)) return guest.total = notice.get_int64(), true;
      if (notice.tag_and_type() != bytes_of(1) || guest.guests.size() >= most_guests) return false;
      events::StageGuest one;
      one.score = 0;
      each(view(notice), [&](pbf_reader& ticket) {
        if (ticket.tag_and_type() == varint(1)) return one.user = user_with_id(ticket.get_int64()), true;
        if (ticket.tag_and_type() == varint(2)) return one.score = ticket.get_int64(), true;
        return false;
      });
      return guest.guests.push_back(std::move(one)), true;
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
