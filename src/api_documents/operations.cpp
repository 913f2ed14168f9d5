#include "api_documents/operations.hpp"

#include <boost/json/parse.hpp>

#include "api_documents/api_files.hpp"

namespace papi::api_documents {

std::map<std::string, Operation, std::less<>> read_operations() {
  std::map<std::string, Operation, std::less<>> operations;
  for (const ApiFile& file : embedded_operations()) {
    Operation one{std::string(file.name), json::parse(file.text).as_object()};
    std::string key(text_of(one.description, "method"));
    key += ' ';
    key += text_of(one.description, "path");
    operations.emplace(std::move(key), std::move(one));
  }
  return operations;
}

std::string key_of(const http::Route& route) {
  return std::string(http::to_string(route.method)) + ' ' + route.path;
}

std::string_view text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  const json::string* text = value ? value->if_string() : nullptr;
  return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

const json::object& object_of(const json::object& object, std::string_view name) {
  static const json::object empty;
  const json::value* value = object.if_contains(name);
  const json::object* inner = value ? value->if_object() : nullptr;
  return inner ? *inner : empty;
}

}  // namespace papi::api_documents
