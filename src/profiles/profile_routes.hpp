#pragma once

#include <vector>

#include "events/picture_keys.hpp"
#include "platform/http/route_table.hpp"
#include "profiles/erase_person.hpp"
#include "profiles/profile_service.hpp"
#include "profiles/seen_people.hpp"

namespace papi::profiles {

struct ProfileRouteDependencies {
  ProfileService& service;
  const ErasePerson& erase_person;
  SeenPeople& people;
  const events::PictureKeys& keys;
};

/// Returns the routes /profile/{username}, its picture, /profiles, /profiles/revalidate,
/// /cache/clear-expired and /pictures/{key}.
std::vector<http::Route> profile_routes(const ProfileRouteDependencies& deps);

}  // namespace papi::profiles
