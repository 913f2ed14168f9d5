#pragma once

#include <vector>

#include "events/picture_keys.hpp"
#include "platform/http/route_table.hpp"
#include "profiles/profile_service.hpp"
#include "profiles/seen_people.hpp"

namespace papi::profiles {

/// What the route needs. All of it must outlive the route.
struct PictureRouteDependencies {
  const events::PictureKeys& keys;
  SeenPeople& people;
  ProfileService& profiles;
};

/// Returns the route GET /pictures/{key}: the picture of a person who was seen in an event. The route is
/// public, so it asks no source. It answers with the picture of the stored profile, or else with the initials
/// of the name.
http::Route picture_route(const PictureRouteDependencies& deps);

}  // namespace papi::profiles
