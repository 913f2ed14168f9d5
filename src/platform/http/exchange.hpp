#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include "platform/base/task.hpp"
#include "platform/http/message.hpp"

namespace papi::http {

struct Route;

enum class Permission : std::uint8_t { none, read, write, connect, admin };

/// Who is calling: filled by the Authenticate middleware, read by Permit and by handlers.
struct Caller {
  std::string id;
  std::string role;
  std::uint8_t permissions = 0;  // bit per Permission

  bool known() const { return !id.empty(); }
  bool may(Permission permission) const {
    return permission == Permission::none || (permissions >> static_cast<int>(permission) & 1) != 0;
  }
};

/// The decoded values of a route's `{name}` segments, in order.
struct PathParams {
  std::array<std::string, 4> values;
  std::size_t count = 0;
};

/// One request on its way through the middlewares to its handler and back. Lives on the connection's
/// coroutine.
struct Exchange {
  Exchange(const Request& incoming, Executor thread) : request(incoming), executor(thread) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  const Request& request;
  Executor executor;  // of the connection's thread
  const Route* route = nullptr;
  PathParams params;
  Caller caller;
  std::string_view correlation_id;
  std::string new_correlation_id;
  std::chrono::steady_clock::time_point started;
};

}  // namespace papi::http
