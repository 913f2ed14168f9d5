#pragma once

#include <vector>

#include "live/live_service.hpp"
#include "platform/http/route_table.hpp"

namespace papi::live {

/// /connect, /disconnect, /sessions and the two WebSockets.
std::vector<http::Route> live_routes(LiveService& service, events::FanOut& fan_out, RoomLookup& lookup);

/// The WebSocket part of them (live_sockets.cpp).
std::vector<http::Route> live_socket_routes(LiveService& service, events::FanOut& fan_out);

/// Is told of each change of a session's shares, for the record: `subject` is the user or key.
using RecordShare =
    std::function<void(const http::Exchange& exchange, std::string subject, std::string what)>;
/// /sessions/{id}/shares.
std::vector<http::Route> share_routes(LiveService& service, RecordShare record);

}  // namespace papi::live
