#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace papi::live {

struct TikTokHosts {
  std::string web = "https://www.tiktok.com";
  std::string webcast = "https://webcast.tiktok.com";
  std::string sign = "https://api.eulerstream.com";
  std::chrono::milliseconds timeout{10'000};

  /// Whether a socket at this address is TikTok's own: the webcast host or a neighbour in its domain. The
  /// address comes from the sign server, which must not be able to send an account's cookies to a host of its
  /// choice.
  bool own_socket(std::string_view url) const;
  /// Whether the web host is TikTok's and not another that stands in for it.
  bool web_is_tiktok() const;
};

}  // namespace papi::live
