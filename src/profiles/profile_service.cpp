#include "profiles/profile_service.hpp"

namespace papi::profiles {

ProfileService::ProfileService(const Dependencies& deps, const ProfileOptions& options)
    : executor_(deps.executor),
      options_(options),
      rules_(options_, deps.clock, deps.random),
      sources_(ProfileSources::Dependencies{deps.executor, deps.scraper, deps.generator, deps.log, deps.clock,
                                            deps.random},
               options_),
      kept_(deps.executor, deps.store, deps.cache, deps.log, deps.clock),
      lookups_(deps.executor, deps.log, options_.max_refreshes,
               [this](Username username, bool forced) { return find_.look_up(std::move(username), forced); }),
      find_(
          FindProfile::Dependencies{deps.executor, kept_, lookups_, sources_, rules_, deps.log, deps.clock}),
      lists_(deps.executor, find_, sources_, deps.log),
      live_(kept_, lookups_, rules_, erasures_),
      erase_(kept_, lookups_, erasures_) {}

Task<void> ProfileService::accept_live_avatar(Username username, std::string nickname, Image image,
                                              std::uint64_t seen_at) {
  // The picture was fetched, whether or not it is taken over: the host works.
  sources_.live_succeeded();
  co_await live_.accept(std::move(username), std::move(nickname), std::move(image), seen_at);
}

}  // namespace papi::profiles
