#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/base/error.hpp"

namespace papi::tester {

/// The service to which requests are passed on.
struct UpstreamTarget {
  bool secure = false;
  std::string host;  // without brackets
  std::uint16_t port = 0;
  std::string authority;  // for Host
  std::string path;       // in front of every path, without a slash at its end; usually empty
  std::string url;        // for messages
  bool verify = true;     // the certificate; not if the service is this process

  /// Reads `http(s)://host[:port][/path]`. Fails with VALIDATION; the message is for the operator.
  static Result<UpstreamTarget> parse(std::string_view url);
};

}  // namespace papi::tester
