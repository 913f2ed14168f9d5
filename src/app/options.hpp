#pragma once

// Turns the settings into the options of each part of the program. One function for each part.

#include "access/quotas.hpp"
#include "app/settings.hpp"
#include "auth/account_options.hpp"
#include "auth/rate_limit.hpp"
#include "events/event_routes.hpp"
#include "live/live_service.hpp"
#include "platform/http/server.hpp"
#include "platform/net/http_client.hpp"
#include "profiles/live_avatars.hpp"
#include "profiles/profile_page_source.hpp"
#include "profiles/profile_service.hpp"

namespace papi::app {

http::ServerOptions server_options(const Settings& s, std::size_t connections);
std::size_t io_thread_count(const Settings& s);

events::SubscriberPolicy subscriber_policy(const Settings& s);
events::Retention retention(const Settings& s);

live::LiveService::Options live_options(const Settings& s, std::size_t sessions);
live::TikTokHosts tiktok_hosts(const Settings& s);
live::Browser browser(const Settings& s, Random& random);
live::SignClient::Secrets sign_secrets(const Settings& s, const live::Browser& browser);
HttpClient::Options http_client_options(const Settings& s, std::size_t max_in_flight);

/// For profile pages and pictures, whose addresses others may choose.
HttpClient::Options picture_client_options(const Settings& s, std::size_t max_in_flight);
profiles::PictureHosts picture_hosts(const Settings& s);
profiles::ImageLimits image_limits(const Settings& s);
std::vector<std::string> picture_headers(const Settings& s, const live::Browser& browser);
profiles::ProfilePageSource::Options page_source_options(const Settings& s, const live::Browser& browser);
profiles::ProfileOptions profile_options(const Settings& s);
profiles::LiveAvatars::Options live_avatar_options(const Settings& s);
profiles::ProfileCache::Limits cache_limits(const Settings& s);

auth::AccountOptions account_options(const Settings& s);
auth::RateLimits rate_limits(const Settings& s);
quota::SocketQuota::Limits socket_limits(const Settings& s);
/// Blocks while it reads the key files of RS256. The error names the setting.
Result<auth::TokenKeys> token_keys(const Settings& s);
http::AllowedOrigins allowed_origins(const Settings& s);

}  // namespace papi::app
