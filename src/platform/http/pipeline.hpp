#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "platform/http/errors.hpp"
#include "platform/http/route_table.hpp"

namespace papi::http {

/// One step that every request passes, in the order of the list. All io threads call it at the same time. It
/// may end the request with an Error. It must not change what other middlewares wrote.
class Middleware {
 public:
  virtual ~Middleware() = default;
  virtual std::optional<Error> enter(Exchange&) const { return std::nullopt; }
  /// Called in reverse order when the answer is known, also for requests that ended early or matched no
  /// route.
  virtual void leave(Exchange&, Response&) const {}
};

/// A middleware that may have to wait, for example for a server that counts for several processes. A request
/// that need not wait costs no coroutine.
class WaitingMiddleware : public Middleware {
 public:
  /// Called after enter() returned nullopt. Returns true if this request must wait: then wait() decides.
  virtual bool must_wait(const Exchange&) const { return true; }
  /// Returns the Error that ends the request, or nullopt. Runs on the connection's thread. If it lasts longer
  /// than ConnectionOptions::middleware_time, or if the server is cut off, it is cancelled and the request is
  /// refused: its pending operation ends with operation_aborted, and it must return soon. It is not told if
  /// the client leaves.
  virtual Task<std::optional<Error>> wait(Exchange& exchange) const = 0;
};

/// The routes and the middlewares of one server. All io threads may call it.
class Pipeline {
 public:
  Pipeline(RouteTable routes, std::vector<std::unique_ptr<Middleware>> middlewares,
           ErrorTable errors = ErrorTable());
  /// Returns the route of a request, of any method and path, or nullptr. It must live as long as the
  /// pipeline.
  using ChooseRoute = std::function<const Route*(const Request&)>;
  /// For a server whose paths are no table: `choose` is asked for the route of every request, also of
  /// OPTIONS.
  Pipeline(ChooseRoute choose, std::vector<std::unique_ptr<Middleware>> middlewares, ErrorTable errors);

  /// How far a request has come. If neither member is set, the handler is to be called.
  struct Entered {
    std::optional<Error> refusal;        // the answer
    std::optional<std::size_t> waiting;  // which middleware must wait: call finish_entering()
  };
  /// Finds the route, then calls each middleware until one refuses the request or must wait.
  Entered enter(Exchange& exchange) const;
  /// Waits for the middleware `waiting` of enter(), then calls those behind it, which may wait too. Returns
  /// the Error that is the answer, or nullopt if the handler is to be called.
  Task<std::optional<Error>> finish_entering(Exchange& exchange, std::size_t waiting) const;
  void leave(Exchange& exchange, Response& response) const;

  const RouteTable& routes() const { return routes_; }
  const ErrorTable& errors() const { return errors_; }

 private:
  /// Matches the path without the slash at its end. Matches nothing if it has none.
  RouteTable::Match match_without_slash(const Request& request) const;

  void find_route(Exchange& exchange) const;
  Entered enter_from(std::size_t first, Exchange& exchange) const;

  RouteTable routes_;
  ChooseRoute choose_;  // if set: in place of `routes_`
  ErrorTable errors_;
  Route options_;   // what answers OPTIONS for every path that exists, and for `*`
  Route redirect_;  // what answers a path that exists without the slash at its end
  std::vector<std::unique_ptr<Middleware>> middlewares_;
  std::vector<const WaitingMiddleware*> waiting_;  // of the same index; nullptr: it never waits
};

}  // namespace papi::http
