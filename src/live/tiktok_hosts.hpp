#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "platform/base/error.hpp"
#include "platform/net/host_list.hpp"

namespace papi::live {

/// The addresses of TikTok and of the sign server, and the rules for socket addresses.
struct TikTokHosts {
  std::string web = "https://www.tiktok.com";
  std::string webcast = "https://webcast.tiktok.com";
  std::string sign = "https://api.eulerstream.com";
  std::chrono::milliseconds timeout{10'000};
  HostList sockets;  // TIKTOK_SOCKET_HOSTS

  /// Checks whether a socket may be opened to this address, which the sign server has chosen. The host must
  /// be that of `webcast` or one of `sockets`, with TLS. If `webcast` is a loopback host, as with the
  /// simulator, every loopback host is allowed, also without TLS. The Error does not contain the address,
  /// because callers see it.
  Result<void> check_socket(std::string_view url) const;
  /// Returns whether the webcast host is a loopback address, as with the simulator. Sockets may then lead to
  /// loopback addresses.
  bool webcast_is_loopback() const;

  /// Returns whether a socket at this address is TikTok's own: the webcast host or another host of its
  /// domain. The address comes from the sign server, which must not be able to send an account's cookies to a
  /// host of its choice.
  bool own_socket(std::string_view url) const;
  /// Returns whether the web host is TikTok's and not a replacement.
  bool web_is_tiktok() const;
};

}  // namespace papi::live
