#pragma once

// What event_replay.cpp and room_event_replay.cpp make messages of: members of an event's JSON, and the parts
// that Webcast messages share. Field numbers are those of proto/webcast.proto and src/live.

#include <boost/json/object.hpp>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <vector>

namespace papi::sim {

namespace json = boost::json;
using protozero::pbf_writer;

/// An event as the export has it.
using EventObject = const json::object&;

/// Empty, 0 or false: the member is absent or of another type.
std::string text_of(const json::object& object, const char* name);
std::int64_t number_of(const json::object& object, const char* name);
bool is_true(const json::object& object, const char* name);
/// A 64-bit id, which JSON has as a string. 0 if it is none.
std::int64_t id_of(const json::object& object, const char* name);
/// Null: the member is absent or no object.
const json::object* object_of(const json::object& object, const char* name);
/// The elements of an array that are objects.
std::vector<const json::object*> objects_of(const json::object& object, const char* name);

// These add nothing for an empty value.
void add_text(pbf_writer& out, std::uint32_t field, const std::string& text);
void add_number(pbf_writer& out, std::uint32_t field, std::int64_t number);
void add_image(pbf_writer& out, std::uint32_t field, const std::string& url);
void add_user(pbf_writer& out, std::uint32_t field, const json::object& object, const char* name);

std::string user_message(const json::object& person);
/// A sentence of the platform. `person`: whom it is about, if it says so; else null.
std::string sentence(const std::string& key, const std::string& text, const json::object* person = nullptr);

/// How one kind of event becomes a message.
struct EventKind {
  const char* name;  // a type, or a kind of `room`
  const char* method;
  void (*write)(EventObject event, pbf_writer& out);
  /// The event's text stands in the common part, as a sentence about its person.
  bool says_text = false;
};

/// The kinds of `room` and `rank`; null: it cannot be turned back.
const EventKind* room_event_kind(EventObject event);

}  // namespace papi::sim
