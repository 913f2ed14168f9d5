#include "app/base_path.hpp"

#include <algorithm>

#include "platform/http/prefix.hpp"

namespace papi::app {
namespace {

/// The first segments of our routes (docs/api.md), and of routes that are reserved for later versions.
constexpr std::string_view own_segments[] = {
    "asyncapi.json", "auth",     "cache",   "connect",    "disconnect",   "docs",    "gifts",
    "healthcheck",   "livez",    "metrics", "monitoring", "openapi.json", "overlay", "pictures",
    "profile",       "profiles", "readyz",  "redoc",      "sessions",     "status",  "ws"};

std::optional<std::string> store_base_path(std::string& place, std::string_view value) {
  const auto prefix = http::read_prefix(value);
  if (!prefix)
    return "must be a path such as /tiktok: segments of letters, digits, '.', '_', '~' and '-', at most 200 "
           "characters";
  if (!prefix->empty()) {
    const std::string_view first = prefix->substr(1, prefix->find('/', 1) - 1);
    if (std::find(std::begin(own_segments), std::end(own_segments), first) != std::end(own_segments))
      return "'/" + std::string(first) + "' is a path of the service itself: choose another, such as /tiktok";
  }
  place = *prefix;
  return std::nullopt;
}

}  // namespace

config::Setting base_path_setting(std::string& place) {
  config::Setting setting;
  setting.name = "BASE_PATH";
  setting.default_value = place;
  setting.format = "path such as /tiktok, or empty";
  setting.description =
      "Path under which a proxy shows the service: links begin with it, and requests may; X-Forwarded-Prefix "
      "of "
      "trusted proxies goes before it";
  setting.store = [&place](std::string_view value) { return store_base_path(place, value); };
  return setting;
}

}  // namespace papi::app
