#include "sim/replay.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <fstream>
#include <protozero/pbf_reader.hpp>
#include <sstream>

#include "platform/base/text.hpp"
#include "sim/event_replay.hpp"

namespace papi::sim {
namespace {

namespace json = boost::json;

/// Returns field 2 (msg_id) of field 1 (common), or 0. Recordings contain messages of unknown schemas, so
/// errors are ignored.
std::int64_t msg_id_of(std::string_view payload) {
  try {
    protozero::pbf_reader message(payload.data(), payload.size());
    while (message.next()) {
      if (message.tag() != 1 || message.wire_type() != protozero::pbf_wire_type::length_delimited) {
        message.skip();
        continue;
      }
      protozero::pbf_reader common = message.get_message();
      while (common.next()) {
        if (common.tag() == 2 && common.wire_type() == protozero::pbf_wire_type::varint)
          return common.get_int64();
        common.skip();
      }
    }
  } catch (const protozero::exception&) {  // not protobuf: no id
  }
  return 0;
}

bool ends_the_stream(const RoomMessage& message) {
  if (message.method != "WebcastControlMessage") return false;
  webcast::ControlMessage control;
  control.ParseFromString(message.payload);
  return control.action() == 3 || control.action() == 4;
}

/// Counts an event without a message. Session events and inferred ends come from this service, which creates
/// them again, so they are not counted.
void note_left_out(const json::object& event, Recording& out) {
  const json::value* type = event.if_contains("type");
  const bool own = event.contains("inferred") || (type->is_string() && type->get_string() == "session");
  if (!own && type->is_string()) ++out.left_out[std::string(type->get_string())];
}

}  // namespace

Result<Recording> parse_recording(std::string_view ndjson) {
  Recording out;
  std::size_t number = 0;
  for (const std::string_view line : split(ndjson, '\n')) {
    ++number;
    if (trim(line).empty()) continue;
    const auto bad = [&](std::string_view what) {
      return Error(ErrorCode::validation, "line " + std::to_string(number) + ": " + std::string(what));
    };
    boost::system::error_code ec;
    const json::value value = json::parse(json::string_view(line.data(), line.size()), ec);
    if (ec || !value.is_object()) return bad("not a JSON object");
    const json::object& object = value.as_object();
    const json::value* method = object.if_contains("method");
    const json::value* payload = object.if_contains("payload_b64");
    if (!method && object.contains("type")) {
      auto said = message_of_event(object);
      if (!said) return bad(said.error().message);
      if (*said) {
        out.messages.push_back(std::move(**said));
      } else {
        note_left_out(object, out);
      }
      continue;
    }
    if (!method || !method->is_string() || !payload || !payload->is_string())
      return bad("wants method and payload_b64, or an event as the export has it");
    auto bytes = base64_decode(std::string_view(payload->as_string().data(), payload->as_string().size()));
    if (!bytes) return bad("payload_b64 is not base64");
    RoomMessage message;
    message.method.assign(method->as_string().data(), method->as_string().size());
    message.payload = std::move(*bytes);
    message.msg_id = msg_id_of(message.payload);
    out.messages.push_back(std::move(message));
  }
  return out;
}

Result<Recording> read_recording(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error(ErrorCode::validation, "cannot read " + file.string());
  std::ostringstream text;
  text << in.rdbuf();
  auto recording = parse_recording(text.str());
  if (!recording) return Error(ErrorCode::validation, file.string() + ", " + recording.error().message);
  return recording;
}

Replay::Replay(std::vector<RoomMessage> messages) : messages_(std::move(messages)) {
  std::stable_partition(messages_.begin(), messages_.end(),
                        [](const RoomMessage& m) { return !ends_the_stream(m); });
}

std::vector<RoomMessage> Replay::next(std::size_t n, UnixMs) {
  std::vector<RoomMessage> out;
  while (out.size() < n && !done()) out.push_back(messages_[at_++]);
  return out;
}

}  // namespace papi::sim
