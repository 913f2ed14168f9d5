#pragma once

#include <vector>

#include "events/event_store.hpp"
#include "events/picture_keys.hpp"
#include "platform/http/route_table.hpp"
#include "profiles/profile_service.hpp"
#include "profiles/seen_people.hpp"

namespace papi::profiles {

struct ProfileRouteParts {
  ProfileService& service;
  events::EventStore& events;  // where a person who is forgotten has left their name
  sqlite::Writer& writer;
  std::function<Task<void>(std::string)> forget_live;  // what rooms hold of them in memory
  SeenPeople& people;
  const events::PictureKeys& keys;
};

/// /profile/{username}, its picture, /profiles, /profiles/revalidate and /pictures/{key}.
std::vector<http::Route> profile_routes(const ProfileRouteParts& parts);

}  // namespace papi::profiles
