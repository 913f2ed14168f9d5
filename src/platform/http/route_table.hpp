#pragma once

// Routes are a table: matching, 405 with Allow, permission, log label and documentation all come from it.
// A route absent from the table does not exist.

#include <functional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "platform/base/error.hpp"
#include "platform/http/exchange.hpp"

namespace papi::http {

/// A handler that never waits, and one that does. A handler parses, calls one service and renders.
using DirectHandler = std::function<Result<Response>(Exchange&)>;
using TaskHandler = std::function<Task<Result<Response>>(Exchange&)>;

struct Route {
  Method method = Method::get;
  std::string path;  // `/sessions/{id}`; a parameter is a whole segment or its tail (`/@{name}`)
  Permission permission = Permission::none;
  std::string summary;
  std::variant<DirectHandler, TaskHandler> handler;
  bool websocket = false;
  bool query_credentials = false;  // also of WebSockets: a browser cannot set headers there
  RateRule rate = RateRule::api;
  bool charged_late = false;  // its handler charges, as what it has at hand is free: see Exchange::charge()
  bool owned = false;         // its first parameter names a session, which belongs to somebody
  bool stays_open = false;    // a socket or a stream: its caller may have so many at a time
  bool reads_caller = false;  // permission `none`, but it matters who calls
  std::vector<std::string> query = {};  // the parameters that it takes; CheckQuery refuses others
  bool any_query = false;               // …or takes whatever comes
  std::string endpoint = {};  // filled by RouteTable: `GET /sessions/*`, the label of logs and metrics
};

class RouteTable {
 public:
  explicit RouteTable(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;
    PathParams params;
    std::string allow;  // no route but the path exists: its methods
  };
  /// HEAD is answered by the GET route. Does not decode the path before splitting it, so `%2F` stays in its
  /// segment.
  Match match(Method method, std::string_view path) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Pattern {
    std::vector<std::string> segments;
    std::vector<std::size_t> routes;
  };
  const Route* pick(const std::vector<std::size_t>& candidates, Method method) const;
  std::string allow(const std::vector<std::size_t>& candidates) const;

  struct ViewHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::vector<Route> routes_;
  std::unordered_map<std::string, std::vector<std::size_t>, ViewHash, std::equal_to<>> fixed_;
  std::vector<Pattern> patterns_;
};

}  // namespace papi::http
