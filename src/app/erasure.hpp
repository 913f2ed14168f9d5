#pragma once

#include "app/storage.hpp"
#include "live/live_service.hpp"
#include "profiles/erase_person.hpp"
#include "profiles/profile_service.hpp"
#include "profiles/seen_people.hpp"

namespace papi::app {

/// What holds personal data.
struct ErasureDependencies {
  live::LiveService& live;
  profiles::SeenPeople& people;
  profiles::ProfileService& profiles;
  Storage& storage;
};

/// Registers every store of personal data with the use case, in the order in which it asks them.
profiles::ErasePerson make_erase_person(const ErasureDependencies& deps);

}  // namespace papi::app
