#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.hpp"
#include "platform/net/host_list.hpp"

namespace papi::profiles {

/// The hosts from which pictures may be fetched: host names, `*.example.com` for all hosts below it, and
/// loopback origins such as `127.0.0.1:8099` for tests and simulators. Only a loopback origin may use plain
/// http.
class PictureHosts {
 public:
  /// Parses a comma-separated list. The Error names the bad entry.
  static Result<PictureHosts> parse(std::string_view list);
  void add_loopback(std::string authority) { loopback_.push_back(std::move(authority)); }

  struct Verdict {
    bool loopback = false;
  };
  /// Checks that the text is an absolute URL that may be fetched. Whether the host's address is public is
  /// checked later, at connect (HttpClient::Options::public_only).
  Result<Verdict> check(std::string_view url) const;

 private:
  HostList listed_;
  std::vector<std::string> loopback_;  // host:port
};

}  // namespace papi::profiles
