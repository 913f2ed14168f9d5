#include "app/erasure.hpp"

namespace papi::app {
namespace {

using profiles::ErasureSubject;
using profiles::PersonalData;
using Erased = Task<Result<std::size_t>>;

Task<Result<std::string>> nickname_of(profiles::ProfileStore& store, Executor executor,
                                      std::string username) {
  CO_TRY(const auto known, co_await store.find(executor, std::move(username)));
  co_return known&&* known ? (*known)->profile.nickname : std::string();
}

/// The memory has no records to count: what it has of a person is in the events too.
Erased erase_live_memory(live::LiveService& live, ErasureSubject subject) {
  co_await run_on(live.executor(), live.erase_person(std::move(subject.username)));
  co_return std::size_t{0};
}

Erased erase_profile(profiles::ProfileService& profiles, ErasureSubject subject) {
  CO_TRY(profiles::Username username, profiles::Username::parse(subject.username));
  CO_TRY(const bool existed, co_await run_on(profiles.executor(), profiles.erase(std::move(username))));
  co_return std::size_t{existed};
}

Erased remove_erased_bytes(Storage& storage, Executor executor) {
  CO_CHECK(co_await storage.remove_erased_bytes(executor));
  co_return std::size_t{0};
}

}  // namespace

profiles::ErasePerson make_erase_person(const ErasureDependencies& deps) {
  const auto live_memory = [&live = deps.live](Executor, ErasureSubject subject) {
    return erase_live_memory(live, std::move(subject));
  };
  std::vector<profiles::ErasableStore> stores;
  stores.push_back({PersonalData::live_memory, live_memory});
  stores.push_back(
      {PersonalData::seen_people, [&people = deps.people](Executor executor, ErasureSubject subject) {
         return people.erase(executor, std::move(subject.username));
       }});
  stores.push_back(
      {PersonalData::events, [&events = deps.storage.events()](Executor executor, ErasureSubject subject) {
         return events.erase_person(executor, std::move(subject.username), std::move(subject.nickname));
       }});
  // A session that joined meanwhile may have read the name from the events before.
  stores.push_back({PersonalData::live_memory, live_memory});
  // The profile has the nickname that the events are searched for, so it goes last.
  stores.push_back({PersonalData::profile, [&profiles = deps.profiles](Executor, ErasureSubject subject) {
                      return erase_profile(profiles, std::move(subject));
                    }});
  stores.push_back(
      {PersonalData::database_files, [&storage = deps.storage](Executor executor, ErasureSubject) {
         return remove_erased_bytes(storage, executor);
       }});
  return profiles::ErasePerson(
      [&store = deps.storage.profiles()](Executor executor, std::string username) {
        return nickname_of(store, executor, std::move(username));
      },
      std::move(stores));
}

}  // namespace papi::app
