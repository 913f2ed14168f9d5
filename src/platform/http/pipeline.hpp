#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "platform/http/errors.hpp"
#include "platform/http/route_table.hpp"

namespace papi::http {

/// One step that every request passes, in the order of the list. Called from all io threads at once. May
/// answer early with an Error; does not edit what others wrote.
class Middleware {
 public:
  virtual ~Middleware() = default;
  virtual std::optional<Error> enter(Exchange&) const { return std::nullopt; }
  /// After the answer is known, in reverse order, also for requests that were answered early or matched
  /// nothing.
  virtual void leave(Exchange&, Response&) const {}
};

/// The routes and the middlewares of one server.
class Pipeline {
 public:
  Pipeline(RouteTable routes, std::vector<std::unique_ptr<Middleware>> middlewares);

  /// Finds the route and asks each middleware. An Error is the answer; nothing means: call the handler.
  std::optional<Error> enter(Exchange& exchange) const;
  void leave(Exchange& exchange, Response& response) const;

  const RouteTable& routes() const { return routes_; }

 private:
  bool has_route_without_slash(const Request& request) const;

  RouteTable routes_;
  Route options_;   // what answers OPTIONS for every path that exists, and for `*`
  Route redirect_;  // what answers a path that exists without the slash at its end
  std::vector<std::unique_ptr<Middleware>> middlewares_;
};

}  // namespace papi::http
