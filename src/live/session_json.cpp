#include "live/session_json.hpp"

namespace papi::live {
namespace {

void write_state(JsonWriter& out, const SessionView& session) {
  out.field("session_id", session.id);
  out.field("username", session.username);
  out.id_field("room_id", session.room.room_id.value());
  out.field("state", to_string(session.room.state));
  out.field("reason", session.room.reason);
  if (session.room.next_try) out.field("next_try", rfc3339(*session.room.next_try));
}

}  // namespace

void write_session(JsonWriter& out, const SessionView& session) {
  write_state(out, session);
  write_room(out, session.room.facts);
  out.field("wait_until_live", session.wait_until_live);
  out.field("owner", session.owner);
  out.field("epoch", session.epoch);
  out.field("offset", session.last_offset.value());
  out.field("created_at", rfc3339(session.created_at));
  if (session.started_at > 0) out.field("started_at", rfc3339(session.started_at));
  out.field("subscribers", session.subscribers);
  out.open("counters");
  for (std::size_t i = 0; i < events::event_type_count; ++i) {
    out.field(to_string(static_cast<events::EventType>(i)), session.counts[i]);
  }
  out.field("duplicates_dropped", session.duplicates);
  out.field("undecodable", session.undecodable);
  out.close();
  if (session.shared_with) {
    out.open_array("shared_with");
    for (const std::string& reader : *session.shared_with) out.element(reader);
    out.close_array();
  }
  if (!session.proxy.empty()) out.field("proxy", session.proxy);
  if (!session.last_error.empty()) out.field("last_error", session.last_error);
}

void write_summary(JsonWriter& out, const SessionView& session) {
  write_state(out, session);
  out.field("owner", session.owner);
  out.field("epoch", session.epoch);
  out.field("offset", session.last_offset.value());
}

}  // namespace papi::live
