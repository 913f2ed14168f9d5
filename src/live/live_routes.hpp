#pragma once

#include <vector>

#include "live/live_service.hpp"
#include "platform/http/route_table.hpp"

namespace papi::live {

/// Returns the routes /connect, /disconnect, /sessions and the WebSocket /ws/comments/{id}.
std::vector<http::Route> live_routes(LiveService& service, events::FanOut& fan_out, RoomLookup& lookup);

/// Returns the WebSocket route among them (live_sockets.cpp).
std::vector<http::Route> live_socket_routes(LiveService& service, events::FanOut& fan_out);

/// Writes each change of a session's shares to the audit trail. `subject` is the user or key.
using RecordShare =
    std::function<void(const http::Exchange& exchange, std::string subject, std::string what)>;
/// Returns the routes /sessions/{id}/shares.
std::vector<http::Route> share_routes(LiveService& service, RecordShare record);

}  // namespace papi::live
