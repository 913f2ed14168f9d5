#include "platform/http/message.hpp"

#include <algorithm>

#include "platform/base/enum_count.hpp"
#include "platform/base/text.hpp"
#include "platform/http/body_stream.hpp"
#include "platform/http/tunnel.hpp"
#include "platform/http/upgrade.hpp"

namespace papi::http {

Response::Response() = default;
Response::Response(std::string json_body, unsigned code) : status(code), body(std::move(json_body)) {}
Response::~Response() = default;
Response::Response(Response&&) noexcept = default;
Response& Response::operator=(Response&&) noexcept = default;

std::string_view to_string(Method method) {
  constexpr std::string_view names[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER"};
  static_assert(std::size(names) == enum_count<Method>());
  return names[static_cast<int>(method)];
}

std::string_view Request::header(std::string_view name) const {
  for (const Header& h : headers) {
    if (h.name.size() == name.size() && equals_ignoring_case(h.name, name)) return h.value;
  }
  return {};
}

std::string Request::header_list(std::string_view name) const {
  std::string list;
  for (const Header& h : headers) {
    if (!equals_ignoring_case(h.name, name)) continue;
    if (!list.empty()) list += ", ";
    list += h.value;
  }
  return list;
}

bool Request::header_has_token(std::string_view name, std::string_view token) const {
  for (const Header& h : headers) {
    if (!equals_ignoring_case(h.name, name)) continue;
    for (std::string_view part : split(h.value, ',')) {
      if (equals_ignoring_case(trim(part), token)) return true;
    }
  }
  return false;
}

std::vector<std::pair<std::string, std::string>> Request::query_values() const {
  std::vector<std::pair<std::string, std::string>> values;
  if (query.empty()) return values;
  for (std::string_view pair : split(query, '&')) {
    if (pair.empty()) continue;
    const auto eq = pair.find('=');
    auto key = percent_decode(pair.substr(0, eq), true);
    auto value = eq == std::string_view::npos ? std::optional(std::string())
                                              : percent_decode(pair.substr(eq + 1), true);
    if (key && value) values.emplace_back(std::move(*key), std::move(*value));
  }
  return values;
}

std::optional<std::string> Request::query_value(std::string_view name) const {
  for (auto& [key, value] : query_values()) {
    if (key == name) return std::move(value);
  }
  return std::nullopt;
}

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

namespace {

/// Percent-encodes hidden characters that a client sent unescaped.
std::string escape_hidden(std::string_view path) {
  std::string out, number;
  while (!path.empty()) {
    const std::size_t bytes = append_hidden(number, path);
    bytes > 0 ? out += percent_encode(path.substr(0, bytes)) : out += path.front();
    path.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return out;
}

}  // namespace

std::string_view shown_path(std::string_view path, std::string& storage) {
  if (has_hidden(path)) {
    std::string rest;
    storage = std::string(shown_path(escape_hidden(path), rest));
    return storage;
  }
  constexpr std::size_t shortest_secret = 16;
  const auto is_word = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '.';
  };
  const auto query = std::min(path.find("%3F"), path.find("%3f"));
  std::string_view rest = path.substr(0, query);
  bool hides = query != std::string_view::npos;
  std::string out;
  for (;;) {
    const auto at = std::min({rest.find("pk_"), rest.find("tk_"), rest.find("eyJ")});
    if (at == std::string_view::npos) break;
    std::size_t end = at;
    while (end < rest.size() && is_word(rest[end])) ++end;
    const bool secret = end - at >= shortest_secret;
    out.append(rest.substr(0, secret ? at + 3 : end));
    if (secret) out.append("…"), hides = true;
    rest.remove_prefix(end);
  }
  if (!hides) return path;
  out.append(rest);
  if (query != std::string_view::npos) out.append("%3F…");
  storage = std::move(out);
  return storage;
}

}  // namespace papi::http
