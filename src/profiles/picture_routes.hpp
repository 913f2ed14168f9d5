#pragma once

#include <vector>

#include "events/picture_keys.hpp"
#include "platform/http/route_table.hpp"
#include "profiles/profile_service.hpp"
#include "profiles/seen_people.hpp"

namespace papi::profiles {

/// What the route needs. Everything outlives it.
struct PictureRouteParts {
  const events::PictureKeys& keys;
  SeenPeople& people;
  ProfileService& profiles;
};

/// GET /pictures/{key}: the picture of a person who was seen in an event. Public, so it asks nobody outside:
/// the stored profile's picture, else the initials of the name.
http::Route picture_route(const PictureRouteParts& parts);

}  // namespace papi::profiles
