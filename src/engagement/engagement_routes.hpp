#pragma once

#include <vector>

#include "engagement/engagement_store.hpp"
#include "events/event_store.hpp"
#include "events/session_directory.hpp"
#include "platform/http/route_table.hpp"

namespace papi::engagement {

struct EngagementDependencies {
  events::SessionDirectory& sessions;
  EngagementStore& engagement;
  events::EventStore& store;  // for the export
  const events::PictureKeys& pictures;
  const Clock& clock;
};

/// The routes /sessions/{id}/stats, /leaderboard, /timeline and /export.
std::vector<http::Route> engagement_routes(const EngagementDependencies& deps);

/// The route /sessions/{id}/export (export.cpp).
http::Route export_route(const EngagementDependencies& deps);

/// Fails with NOT_FOUND if there is no such session that the caller may read.
Task<Result<events::SessionPosition>> find_session(const EngagementDependencies& deps,
                                                   const http::Exchange& exchange);

}  // namespace papi::engagement
