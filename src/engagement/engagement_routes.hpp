#pragma once

#include <vector>

#include "engagement/figures.hpp"
#include "events/session_directory.hpp"
#include "platform/http/route_table.hpp"

namespace papi::engagement {

struct EngagementParts {
  events::SessionDirectory& sessions;
  events::EventStore& store;
  const events::PictureKeys& pictures;
  const Clock& clock;
};

/// /sessions/{id}/stats, /leaderboard, /timeline and /export.
std::vector<http::Route> engagement_routes(const EngagementParts& parts);

/// The export of them (export.cpp).
http::Route export_route(const EngagementParts& parts);

/// NOT_FOUND where there is no such session.
Task<Result<events::SessionPosition>> find_session(const EngagementParts& parts,
                                                   const http::Exchange& exchange);

}  // namespace papi::engagement
