#include "platform/http/route_table.hpp"

#include "platform/base/text.hpp"

namespace papi::http {
namespace {

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> out;
  for (std::string_view part : split(path.substr(path.starts_with('/') ? 1 : 0), '/')) out.emplace_back(part);
  return out;
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string_view>& path,
             PathParams& params) {
  if (pattern.size() != path.size()) return false;
  params.count = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const auto brace = pattern[i].find('{');
    if (brace == std::string::npos) {
      if (pattern[i] != path[i]) return false;
      continue;
    }
    if (!path[i].starts_with(std::string_view(pattern[i]).substr(0, brace)) || path[i].size() == brace)
      return false;
    auto value = percent_decode(path[i].substr(brace));
    if (!value || params.count == params.values.size()) return false;
    params.values[params.count++] = std::move(*value);
  }
  return true;
}

/// Returns the path with a star for each parameter.
std::string pattern_of(const Route& route) {
  std::string out;
  bool inside = false;
  for (char c : route.path) {
    if (c == '{') {
      inside = true;
      out += '*';
    }
    if (!inside) out += c;
    if (c == '}') inside = false;
  }
  return out;
}

}  // namespace

RouteTable::RouteTable(std::vector<Route> routes) : routes_(std::move(routes)) {
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    Route& route = routes_[i];
    route.pattern = pattern_of(route);
    route.endpoint = std::string(to_string(route.method)) + ' ' + route.pattern;
    route.place = i;
    if (route.path.find('{') == std::string::npos) {
      fixed_[route.path].push_back(i);
      continue;
    }
    auto segments = segments_of(route.path);
    auto same = std::find_if(patterns_.begin(), patterns_.end(),
                             [&](const Pattern& p) { return p.segments == segments; });
    if (same == patterns_.end()) same = patterns_.insert(patterns_.end(), Pattern{std::move(segments), {}});
    same->routes.push_back(i);
  }
}

const Route* RouteTable::pick(const std::vector<std::size_t>& candidates, Method method) const {
  const Method wanted = method == Method::head ? Method::get : method;
  for (std::size_t i : candidates) {
    if (routes_[i].method == wanted) return &routes_[i];
  }
  return nullptr;
}

std::string RouteTable::allow(const std::vector<std::size_t>& candidates) const {
  std::string out;
  for (std::size_t i : candidates) {
    if (!out.empty()) out += ", ";
    out += to_string(routes_[i].method);
    if (routes_[i].method == Method::get) out += ", HEAD";
  }
  return out;
}

RouteTable::Match RouteTable::match(Method method, std::string_view path) const {
  Match match;
  if (const auto found = fixed_.find(path); found != fixed_.end()) {
    match.route = pick(found->second, method);
    if (!match.route) match.allow = allow(found->second);
    return match;
  }
  if (patterns_.empty() || path.empty()) return match;
  const auto segments = split(path.substr(path.starts_with('/') ? 1 : 0), '/');
  for (const Pattern& pattern : patterns_) {
    if (!matches(pattern.segments, segments, match.params)) continue;
    match.route = pick(pattern.routes, method);
    if (match.route) return match;
    match.allow = allow(pattern.routes);
    return match;
  }
  match.params.count = 0;
  return match;
}

}  // namespace papi::http
