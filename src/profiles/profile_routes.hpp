#pragma once

#include <vector>

#include "platform/http/route_table.hpp"
#include "profiles/profile_service.hpp"

namespace papi::profiles {

/// /profile/{username}, its picture, /profiles and /profiles/revalidate.
std::vector<http::Route> profile_routes(ProfileService& service);

}  // namespace papi::profiles
