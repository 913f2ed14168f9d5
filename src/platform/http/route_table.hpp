#pragma once

// The routes are a table. Matching, 405 with Allow, permission, access log label and documentation all come
// from it. A route that is not in the table does not exist.

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "platform/base/error.hpp"
#include "platform/http/exchange.hpp"

namespace papi::http {

/// A DirectHandler never waits; a TaskHandler may. A handler parses the request, calls one service and
/// renders the result.
using DirectHandler = std::function<Result<Response>(Exchange&)>;
using TaskHandler = std::function<Task<Result<Response>>(Exchange&)>;

/// One route: what it answers, which permission it needs, and which rate limit counts it. Tables of routes
/// name the members that they set (designated initializers), because many of them are bools.
struct Route {
  Method method = Method::get;
  std::string path;  // `/sessions/{id}`; a parameter is a whole segment or its end (`/@{name}`)
  Permission permission = Permission::none;
  std::string summary;
  std::variant<DirectHandler, TaskHandler> handler;
  bool websocket = false;
  // Credentials may stand in the query. WebSocket routes always allow that, because a browser cannot set
  // headers for a WebSocket.
  bool query_credentials = false;
  RateRule rate = RateRule::standard;
  bool charged_late = false;    // the handler charges, because some answers are free: see Exchange::charge()
  bool session_scoped = false;  // its first parameter names a session, which has an owner
  bool scoped_credentials = false;      // callers with a CredentialScope may call it
  bool long_lived = false;              // a socket or stream: the number per caller is limited
  bool optional_auth = false;           // permission `none`, but credentials are checked if they are sent
  std::vector<std::string> query = {};  // parameters that it takes; CheckQuery refuses others
  bool any_query = false;               // it takes every parameter
  std::string endpoint = {};            // filled by RouteTable: `GET /sessions/*`, the label in records
  std::string pattern = {};             // filled by RouteTable: `/sessions/*`, the endpoint in the access log
  std::optional<std::size_t> place = {};  // filled by RouteTable: where it stands in the table
};

/// All routes, with an index for matching. Immutable: any thread may call match().
class RouteTable {
 public:
  explicit RouteTable(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;
    PathParams params;
    std::string allow;  // if only another method matches: the path's methods
  };
  /// Finds the route. HEAD is answered by the GET route. The path is split before it is decoded, so `%2F`
  /// stays within its segment.
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
