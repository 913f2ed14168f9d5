#pragma once

#include <vector>

#include "engagement/figures.hpp"
#include "events/session_directory.hpp"
#include "platform/http/route_table.hpp"

namespace papi::engagement {

struct EngagementParts {
  events::SessionDirectory& sessions;
  events::EventStore& store;
  const Clock& clock;
};

/// /sessions/{id}/stats, /leaderboard, /timeline and /export.
std::vector<http::Route> engagement_routes(const EngagementParts& parts);

/// The export of them (export.cpp).
http::Route export_route(const EngagementParts& parts);

/// NOT_FOUND where there is no such session.
Task<Result<events::SessionPosition>> find_session(const EngagementParts& parts,
                                                   const http::Exchange& exchange);

/// One line of the CSV export, with its line end (RFC 4180). `header` for the first.
std::string csv_line(const events::EncodedEvent& event);
std::string_view csv_header();

}  // namespace papi::engagement
