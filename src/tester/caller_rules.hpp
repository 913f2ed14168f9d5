#pragma once

#include <string>
#include <vector>

#include "platform/http/pipeline.hpp"

namespace papi::tester {

/// The host names under which this server may be asked: localhost, 127.0.0.1, [::1] and those of the
/// operator. A page of another name that points to this address (DNS rebinding) has another Host.
class AllowedHosts {
 public:
  /// Reads names and addresses without ports, separated by commas; IPv6 addresses in brackets. Fails with
  /// VALIDATION at the first one that is malformed.
  static Result<AllowedHosts> parse(std::string_view list);
  /// Returns true if `authority` is a `host[:port]` with an allowed host, with any port.
  bool allows(std::string_view authority) const;

 private:
  std::vector<std::string> hosts_{"localhost", "127.0.0.1", "[::1]"};
};

/// The error for a host that is not served here: 421.
inline constexpr ErrorCode wrong_host{1'100};

/// Refuses requests for other hosts with 421. Refuses requests of pages of other origins with 403, if they
/// could change something or open a socket: upgrades, and every method except GET and HEAD. A request without
/// Origin does not come from a page.
class CheckCaller final : public http::Middleware {
 public:
  explicit CheckCaller(AllowedHosts hosts) : hosts_(std::move(hosts)) {}
  std::optional<Error> enter(http::Exchange& exchange) const override;

 private:
  const AllowedHosts hosts_;
};

}  // namespace papi::tester
