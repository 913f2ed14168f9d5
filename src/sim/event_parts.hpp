#pragma once

// Shared by event_replay.cpp and room_event_replay.cpp: reading the members of an event's JSON, and writing
// the parts that Webcast messages share. The field numbers are those of proto/webcast.proto and src/live.

#include <boost/json/object.hpp>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <vector>

namespace papi::sim {

namespace json = boost::json;
using protozero::pbf_writer;

/// An event as the export writes it.
using EventObject = const json::object&;

/// If the member is absent or has another type, returns an empty string, 0 or false.
std::string text_of(const json::object& object, const char* name);
std::int64_t number_of(const json::object& object, const char* name);
bool is_true(const json::object& object, const char* name);
/// Returns a 64-bit id, which JSON holds as a string. Returns 0 if it is not an id.
std::int64_t id_of(const json::object& object, const char* name);
/// Returns nullptr if the member is absent or not an object.
const json::object* object_of(const json::object& object, const char* name);
/// Returns the elements of an array that are objects.
std::vector<const json::object*> objects_of(const json::object& object, const char* name);

// If the value is empty, these functions write nothing.
void add_text(pbf_writer& out, std::uint32_t field, const std::string& text);
void add_number(pbf_writer& out, std::uint32_t field, std::int64_t number);
void add_image(pbf_writer& out, std::uint32_t field, const std::string& url);
void add_user(pbf_writer& out, std::uint32_t field, const json::object& object, const char* name);

std::string user_message(const json::object& person);
/// Returns a sentence of TikTok as a Text. `person` is the person it is about, or nullptr.
std::string sentence(const std::string& key, const std::string& text, const json::object* person = nullptr);

/// How events of one kind become messages.
struct EventKind {
  const char* name;  // an event type, or a kind of `room`
  const char* method;
  void (*write)(EventObject event, pbf_writer& out);
  /// The event's text is in the common part, as a sentence about its person.
  bool says_text = false;
};

/// Returns the kinds of `room` and `rank`, or nullptr if the event cannot be turned into a message.
const EventKind* room_event_kind(EventObject event);

}  // namespace papi::sim
