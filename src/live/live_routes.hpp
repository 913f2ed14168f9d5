#pragma once

#include <vector>

#include "live/live_service.hpp"
#include "platform/http/route_table.hpp"

namespace papi::live {

/// /connect, /disconnect, /sessions and the two WebSockets.
std::vector<http::Route> live_routes(LiveService& service, events::FanOut& fan_out, RoomLookup& lookup);

/// The WebSocket part of them (live_sockets.cpp).
std::vector<http::Route> live_socket_routes(LiveService& service, events::FanOut& fan_out);

}  // namespace papi::live
