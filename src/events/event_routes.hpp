#pragma once

#include <vector>

#include "events/subscription.hpp"
#include "platform/base/queue_meter.hpp"
#include "platform/http/route_table.hpp"

namespace papi::events {

/// The limits and options for subscribers. A subscriber whose queue is full is disconnected.
struct SubscriberPolicy {
  QueueBound queue;         // what may wait for one subscriber
  bool drop_likes = false;  // if the queue is half full, likes are dropped
  std::chrono::seconds heartbeat{15};
};

/// The headers of answers that pages of other origins may read.
inline constexpr std::string_view exposed_headers =
    "X-Session-Epoch, X-Stream-Epoch, X-Stream-Offset, X-Stream-Recovered";

/// /sessions/{id}/events, /sessions/{id}/stream and /ws/events/{id}.
std::vector<http::Route> event_routes(const SubscriptionDependencies& deps, const SubscriberPolicy& policy);

/// The WebSocket route (event_socket.cpp) and the Server-Sent Events route (subscription_body.cpp).
http::Route event_socket_route(const SubscriptionDependencies& deps, const SubscriberPolicy& policy);
http::Route event_stream_route(const SubscriptionDependencies& deps, const SubscriberPolicy& policy);

/// Answers GET /sessions/{id}/events with NDJSON of the requested events.
Task<Result<http::Response>> ndjson_events(const SubscriptionDependencies& deps,
                                           const SubscriberPolicy& policy, http::Exchange& exchange);

/// A session id has 1 to 128 of the characters [A-Za-z0-9._:-].
bool is_session_id(std::string_view text);
/// Whether a new session must not have this id, because no address would lead to it. Clients remove `.` and
/// `..` from addresses. The others are the names of routes directly under /sessions.
bool is_reserved_session_id(std::string_view id);

/// Reads the session id, `after`, `epoch` and the filter. Replaces the caller's authorization by one for the
/// session.
Result<SubscriptionRequest> read_feed_request(http::Exchange& exchange);

/// The `connected` message, which is the first of a subscription.
std::string welcome(const std::string& session_id, const SubscriptionStart& start,
                    std::chrono::seconds keepalive);

}  // namespace papi::events
