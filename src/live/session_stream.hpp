#pragma once

#include "events/event_routes.hpp"
#include "live/live_service.hpp"

namespace papi::live {

/// Returns the route GET /sessions/stream.
http::Route session_stream_route(LiveService& service, events::SessionChanges& changes,
                                 const events::SubscriberPolicy& policy);

}  // namespace papi::live
