#include "api_documents/shapes.hpp"

#include <boost/json/parse.hpp>
#include <map>

#include "api_documents/api_files.hpp"
#include "api_documents/operations.hpp"

namespace papi::api_documents {
namespace {

/// The files of api/schemas and of api/events have different names.
const std::map<std::string, json::object, std::less<>>& shapes() {
  static const auto all = [] {
    std::map<std::string, json::object, std::less<>> read;
    for (const auto files : {embedded_schemas(), embedded_events()}) {
      for (const ApiFile& file : files) {
        // An event and a shape may have one name, as `session` has. The key of an event has its folder.
        const bool event = files.data() == embedded_events().data();
        read.emplace((event ? "events/" : "schemas/") + std::string(file.name),
                     json::parse(file.text).as_object());
      }
    }
    return read;
  }();
  return all;
}

/// Returns `events/gift` for `../events/gift.json`. A file of api/schemas names its neighbours without the
/// folder.
std::string key_of_reference(std::string_view reference) {
  reference.remove_suffix(std::string_view(".json").size());
  if (reference.starts_with("../")) return std::string(reference.substr(3));
  return "schemas/" + std::string(reference);
}

}  // namespace

std::string title_of(std::string_view name) {
  const auto found = shapes().find(name);
  return found == shapes().end() ? std::string() : std::string(text_of(found->second, "title"));
}

json::array examples_of(std::string_view name) {
  const auto found = shapes().find(name);
  const json::value* examples = found == shapes().end() ? nullptr : found->second.if_contains("examples");
  return examples ? examples->as_array() : json::array();
}

void refer_to_components(json::value& value) {
  if (auto* array = value.if_array()) {
    for (json::value& element : *array) refer_to_components(element);
  }
  auto* object = value.if_object();
  if (!object) return;
  for (auto& member : *object) {
    auto* text = member.value().if_string();
    if (member.key() == "$ref" && text && text->ends_with(".json")) {
      const std::string title = title_of(key_of_reference({text->data(), text->size()}));
      *text = "#/components/schemas/" + title;
    } else {
      refer_to_components(member.value());
    }
  }
}

json::object component_schemas() {
  json::object schemas;
  for (const auto& [name, shape] : shapes()) {
    json::value schema = shape;
    schema.as_object().erase("$schema");
    refer_to_components(schema);
    schemas[text_of(shape, "title")] = std::move(schema);
  }
  return schemas;
}

}  // namespace papi::api_documents
