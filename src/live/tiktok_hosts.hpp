#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "platform/base/error.hpp"
#include "platform/net/host_list.hpp"

namespace papi::live {

struct TikTokHosts {
  std::string web = "https://www.tiktok.com";
  std::string webcast = "https://webcast.tiktok.com";
  std::string sign = "https://api.eulerstream.com";
  std::chrono::milliseconds timeout{10'000};
  HostList sockets;  // TIKTOK_SOCKET_HOSTS

  /// Whether a socket may be opened to this address, which the sign server has chosen: the host is that of
  /// `webcast` or one of `sockets`, by TLS. Where `webcast` is a loopback host, which a simulator has, every
  /// loopback host will do, also without TLS. An Error says nothing of the address: callers see it.
  Result<void> check_socket(std::string_view url) const;
  /// Whether a simulator stands in, so that sockets may lead to loopback addresses.
  bool webcast_is_loopback() const;

  /// Whether a socket at this address is TikTok's own: the webcast host or a neighbour in its domain. The
  /// address comes from the sign server, which must not be able to send an account's cookies to a host of its
  /// choice.
  bool own_socket(std::string_view url) const;
  /// Whether the web host is TikTok's and not another that stands in for it.
  bool web_is_tiktok() const;
};

}  // namespace papi::live
