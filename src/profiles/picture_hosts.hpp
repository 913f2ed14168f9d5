#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.hpp"
#include "platform/net/host_list.hpp"

namespace papi::profiles {

/// From where pictures may come: host names, `*.example.com` for all below it, and for tests and simulators a
/// loopback origin as `127.0.0.1:8099`, which alone may be plain http.
class PictureHosts {
 public:
  /// Comma-separated. The Error says what is wrong with which.
  static Result<PictureHosts> parse(std::string_view list);
  void add_loopback(std::string authority) { loopback_.push_back(std::move(authority)); }

  struct Verdict {
    bool loopback = false;
  };
  /// An absolute URL that may be fetched. Whether its host's address is public is judged when it is connected
  /// to (HttpClient::Options::public_only).
  Result<Verdict> check(std::string_view url) const;

 private:
  HostList listed_;
  std::vector<std::string> loopback_;  // host:port
};

}  // namespace papi::profiles
