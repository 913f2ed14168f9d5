#include "api_documents/json_text.hpp"

#include <boost/json/serialize.hpp>

namespace papi::api_documents {
namespace {

constexpr std::size_t line_length = 120;

void append_line(std::string& out, const json::value& value) {
  if (const auto* object = value.if_object()) {
    out += '{';
    for (const auto& member : *object) {
      if (out.back() != '{') out += ", ";
      out += json::serialize(json::string(member.key()));
      out += ": ";
      append_line(out, member.value());
    }
    out += '}';
  } else if (const auto* array = value.if_array()) {
    out += '[';
    bool first = true;
    for (const json::value& element : *array) {
      if (!first) out += ", ";
      append_line(out, element);
      first = false;
    }
    out += ']';
  } else {
    out += json::serialize(value);
  }
}

void append_text(std::string& out, const json::value& value, std::size_t indent) {
  std::string line;
  append_line(line, value);
  const auto* object = value.if_object();
  const auto* array = value.if_array();
  const bool empty = (!object || object->empty()) && (!array || array->empty());
  if (empty || indent + line.size() <= line_length) {
    out += line;
    return;
  }
  const std::string inner(indent + 2, ' ');
  out += object ? "{" : "[";
  if (object) {
    bool first = true;
    for (const auto& member : *object) {
      out += first ? "\n" : ",\n";
      first = false;
      out += inner;
      out += json::serialize(json::string(member.key()));
      out += ": ";
      append_text(out, member.value(), indent + 2);
    }
  } else {
    bool first = true;
    for (const json::value& element : *array) {
      out += first ? "\n" : ",\n";
      first = false;
      out += inner;
      append_text(out, element, indent + 2);
    }
  }
  out += '\n';
  out.append(indent, ' ');
  out += object ? '}' : ']';
}

}  // namespace

std::string json_text(const json::value& value) {
  std::string out;
  append_text(out, value, 0);
  return out;
}

}  // namespace papi::api_documents
