#pragma once

#include <vector>

#include "events/feed.hpp"
#include "platform/base/queue_meter.hpp"
#include "platform/http/route_table.hpp"

namespace papi::events {

/// What subscribers may ask of the service.
struct SubscriberPolicy {
  QueueBound queue;         // what waits for one subscriber
  bool drop_likes = false;  // a queue that is half full takes no more likes; else it cuts off when full
  std::chrono::seconds heartbeat{15};
};

/// /sessions/{id}/events, /sessions/{id}/stream and /ws/events/{id}.
std::vector<http::Route> event_routes(const FeedParts& parts, const SubscriberPolicy& policy);

/// The WebSocket of them (event_socket.cpp) and the streamed bodies (feed_body.cpp).
http::Route event_socket_route(const FeedParts& parts, const SubscriberPolicy& policy);
http::Route event_stream_route(const FeedParts& parts, const SubscriberPolicy& policy);

/// NDJSON of the events that `request` asks for, for GET /sessions/{id}/events.
Task<Result<http::Response>> ndjson_events(const FeedParts& parts, const SubscriberPolicy& policy,
                                           http::Exchange& exchange);

/// Ids of sessions: 1–128 of [A-Za-z0-9._:-].
bool is_session_id(std::string_view text);
/// Those of them that a new session cannot have, as no address would lead to it: `.` and `..`, which clients
/// remove from addresses, and the names of routes directly under /sessions.
bool is_reserved_session_id(std::string_view id);

/// `after`, `epoch` and the filter. The caller's lease becomes one on the session.
Result<FeedRequest> read_feed_request(http::Exchange& exchange);

/// The `connected` message that begins a feed.
std::string welcome(const std::string& session_id, const FeedStart& start, std::chrono::seconds keepalive);

}  // namespace papi::events
