#include "app/profile_module.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include "app/options.hpp"
#include "app/work_end.hpp"
#include "platform/base/version.hpp"
#include "profiles/profile_routes.hpp"

namespace papi::app {
namespace {

constexpr std::chrono::milliseconds gift_picture_timeout{5'000};

}  // namespace

ProfileModule::ProfileModule(const Settings& s, const Dependencies& deps)
    : deps_(deps),
      random_(Random::from_system()),
      http_(picture_client_options(s, deps.max_fetches)),
      pictures_(http_, picture_hosts(s), image_limits(s), picture_headers(s, deps.browser), deps.log,
                deps.clock),
      pages_(http_, pictures_, page_source_options(s, deps.browser), deps.log, deps.clock),
      generated_(http_, s.avatar_generator_urls.hosts(), image_limits(s),
                 {"User-Agent: profile-api/" + std::string(version)}, deps.log, deps.clock),
      generator_(generated_, s.avatar_generator_urls, deps.clock),
      cache_(cache_limits(s)),
      profiles_(
          profiles::ProfileService::Dependencies{deps.executor, deps.storage.profiles(), cache_, &pages_,
                                                 s.avatar_generator_urls.empty() ? nullptr : &generator_,
                                                 deps.log, deps.clock, random_},
          profile_options(s)),
      avatars_(profiles_, pictures_, live_avatar_options(s), deps.log, deps.clock),
      people_(deps.storage.people(), deps.executor, profiles::SeenPeople::Options(), deps.log, deps.clock),
      sinks_({&people_, &avatars_}),
      gift_pictures_(
          deps.executor,
          [this](std::string url) {
            return pictures_.fetch(deps_.executor, std::move(url), gift_picture_timeout);
          },
          profiles::FetchedPictures::Options(), deps.log, deps.clock) {}

void ProfileModule::start() {
  saving_people_ = net::co_spawn(deps_.executor, people_.run(), net::use_future);
  taking_avatars_ = net::co_spawn(deps_.executor, avatars_.run(), net::use_future);
}

void ProfileModule::refuse_new() {
  profiles_.stop_sources();
  http_.cancel_all();
}

bool ProfileModule::stop() {
  net::post(deps_.executor, [this] { avatars_.stop(); });
  bool in_order = ended_soon(taking_avatars_, "Pictures of live events did not stop in time", deps_.log);
  net::post(deps_.executor, [this] { people_.stop(); });
  in_order &= ended_soon(saving_people_, "Seen people were not saved in time", deps_.log);
  const auto gift_pictures = net::co_spawn(deps_.executor, gift_pictures_.stop(), net::use_future);
  in_order &= ended_soon(gift_pictures, "Pictures of gifts did not stop in time", deps_.log);
  const auto profiles = net::co_spawn(deps_.executor, profiles_.stop(), net::use_future);
  in_order &= ended_soon(profiles, "Profile look-ups did not stop in time", deps_.log);
  return in_order;
}

std::vector<http::Route> ProfileModule::routes(profiles::ErasePerson& erase_person) {
  return profiles::profile_routes({profiles_, erase_person, people_, deps_.storage.picture_keys()});
}

live::GiftPictures ProfileModule::gift_pictures() {
  return {[this](std::string url) {
            return run_on(gift_pictures_.executor(), gift_pictures_.get(std::move(url)));
          },
          [this](std::string url) {
            return run_on(gift_pictures_.executor(), gift_pictures_.kept(std::move(url)));
          }};
}

}  // namespace papi::app
