#include "app/profile_settings.hpp"

namespace papi::app {
namespace {

config::Setting generator_urls_setting(Settings& s) {
  config::Setting setting;
  setting.name = "AVATAR_GENERATOR_URLS";
  setting.format = "https URLs with {username}, by comma; empty: faces are drawn here";
  setting.description = "Services that make a picture from a name, asked in this order; they learn the names";
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    auto urls = profiles::GeneratorUrls::parse(value);
    if (!urls) return urls.error().message;
    s.avatar_generator_urls = std::move(*urls);
    return std::nullopt;
  };
  return setting;
}

config::Setting picture_hosts_setting(Settings& s) {
  config::Setting setting;
  setting.name = "AVATAR_ALLOWED_HOSTS";
  setting.default_value = "*.tiktokcdn.com,*.tiktokcdn-us.com,*.tiktokcdn-eu.com";
  setting.format = "host names and *.names, by comma; for tests also a loopback host:port";
  setting.description = "Hosts from which pictures may be fetched; a loopback TIKTOK_WEB_URL always may";
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    auto hosts = profiles::PictureHosts::parse(value);
    if (!hosts) return hosts.error().message;
    s.avatar_hosts = std::move(*hosts);
    return std::nullopt;
  };
  return setting;
}

}  // namespace

void add_profile_settings(std::vector<config::Setting>& t, Settings& s) {
  using namespace config;
  constexpr std::int64_t year = 366 * 86'400;
  t.push_back(bool_setting("AVATAR_LIVE_ENABLED", s.avatar_live_enabled,
                           "Take over the pictures of people who are seen in live events"));
  t.push_back(
      duration_setting("AVATAR_LIVE_TIMEOUT", s.avatar_live_timeout, 1, 60, "Seconds for one such picture"));
  t.push_back(duration_setting("AVATAR_LIVE_LIFETIME", s.avatar_live_lifetime, 60, year,
                               "Seconds until such a profile expires"));
  t.push_back(integer_setting("AVATAR_LIVE_PRIORITY", s.avatar_live_priority, 1, 100,
                              "A source replaces those of lower priority"));
  t.push_back(integer_setting("AVATAR_LIVE_PER_MINUTE", s.avatar_live_per_minute, 1, 100'000,
                              "Such pictures fetched in a minute at most"));
  t.push_back(integer_setting("AVATAR_LIVE_QUEUE", s.avatar_live_queue, 1, 1'000'000,
                              "People who may wait for their picture; others are tried with a later event"));
  t.push_back(bool_setting("AVATAR_SCRAPER_ENABLED", s.avatar_scraper_enabled,
                           "Ask for people's public profile pages"));
  t.push_back(duration_setting("AVATAR_SCRAPER_TIMEOUT", s.avatar_scraper_timeout, 1, 60,
                               "Seconds for a profile page and its picture together"));
  t.push_back(duration_setting("AVATAR_SCRAPER_LIFETIME", s.avatar_scraper_lifetime, 60, year,
                               "Seconds until such a profile expires"));
  t.push_back(integer_setting("AVATAR_SCRAPER_PRIORITY", s.avatar_scraper_priority, 1, 100,
                              "A source replaces those of lower priority"));
  t.push_back(integer_setting("AVATAR_SCRAPER_PER_MINUTE", s.avatar_scraper_per_minute, 1, 6'000,
                              "Profile pages asked for in a minute at most"));
  t.push_back(bool_setting("AVATAR_GENERATOR_ENABLED", s.avatar_generator_enabled,
                           "Draw a face for people without a picture; if false, their initials"));
  t.push_back(generator_urls_setting(s));
  t.push_back(duration_setting("AVATAR_GENERATOR_TIMEOUT", s.avatar_generator_timeout, 1, 60,
                               "Seconds for all of these services together"));
  t.push_back(duration_setting("AVATAR_GENERATOR_LIFETIME", s.avatar_generator_lifetime, 60, year,
                               "Seconds until a drawn face expires"));
  t.push_back(integer_setting("AVATAR_GENERATOR_PRIORITY", s.avatar_generator_priority, 1, 100,
                              "A source replaces those of lower priority"));
  t.push_back(duration_setting("AVATAR_INITIALS_LIFETIME", s.avatar_initials_lifetime, 60, year,
                               "Seconds until initials expire"));
  t.push_back(integer_setting("AVATAR_INITIALS_PRIORITY", s.avatar_initials_priority, 1, 100,
                              "A source replaces those of lower priority"));
  t.push_back(duration_setting("AVATAR_RETRY", s.avatar_retry, 1, 86'400,
                               "About how many seconds until a better source that failed is asked again"));
  t.push_back(duration_setting("AVATAR_NEGATIVE_LIFETIME", s.avatar_negative_lifetime, 1, year,
                               "Seconds for which \"no such person, no picture\" is believed"));
  t.push_back(integer_setting("AVATAR_MAX_SIZE_MB", s.avatar_max_size_mb, 1, 64, "MiB of a fetched picture"));
  t.push_back(integer_setting("AVATAR_MAX_MEGAPIXELS", s.avatar_max_megapixels, 1, 256,
                              "Million pixels of a fetched picture"));
  t.push_back(picture_hosts_setting(s));
  t.push_back(choice_setting("CACHE_BACKEND", s.cache_backend, {"memory"},
                             "Where profiles are kept besides the database: the memory of this process"));
  t.push_back(integer_setting("CACHE_MAX_SIZE", s.cache_max_size, 1, 10'000'000,
                              "Profiles kept in memory, besides the database"));
  t.push_back(integer_setting("CACHE_MAX_MEMORY_MB", s.cache_max_memory_mb, 1, 1'000'000,
                              "About how many MiB of memory they may take"));
}

}  // namespace papi::app
