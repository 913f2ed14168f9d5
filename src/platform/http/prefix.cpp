#include "platform/http/prefix.hpp"

#include <algorithm>

#include "platform/base/text.hpp"

namespace papi::http {
namespace {

constexpr std::size_t longest_prefix = 200;

bool is_plain_segment(std::string_view segment) {
  if (segment.empty() || segment == "." || segment == "..") return false;
  return std::all_of(segment.begin(), segment.end(), [](char c) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return alphanumeric || std::string_view("._~-").find(c) != std::string_view::npos;
  });
}

}  // namespace

std::optional<std::string_view> read_prefix(std::string_view text) {
  if (text.empty() || text == "/") return std::string_view();
  if (text.size() > longest_prefix || text.front() != '/') return std::nullopt;
  if (text.ends_with('/')) text.remove_suffix(1);
  for (const std::string_view segment : split(text.substr(1), '/')) {
    if (!is_plain_segment(segment)) return std::nullopt;
  }
  return text;
}

void take_base_path(std::string_view base_path, Request& request) {
  if (base_path.empty()) return;
  if (request.prefix.empty()) request.prefix = base_path;
  if (!request.path.starts_with(base_path)) return;
  const std::string_view rest = request.path.substr(base_path.size());
  if (rest.empty()) {
    request.path = "/";
  } else if (rest.front() == '/') {
    request.path = rest;
  }
}

std::string link_to(const Request& request, std::string_view path) {
  std::string link;
  if (path.starts_with('/')) link = request.prefix;
  link += path;
  return link;
}

}  // namespace papi::http
