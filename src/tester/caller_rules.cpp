#include "tester/caller_rules.hpp"

#include <algorithm>

#include "platform/base/text.hpp"
#include "platform/http/origin.hpp"
#include "platform/http/request_target.hpp"

namespace papi::tester {

Result<AllowedHosts> AllowedHosts::parse(std::string_view list) {
  AllowedHosts hosts;
  if (trim(list).empty()) return hosts;
  for (const std::string_view part : split(list, ',')) {
    const auto authority = http::parse_authority(trim(part));
    if (!authority || authority->port || trim(part).ends_with(':'))
      return invalid("", "'" + std::string(trim(part)) + "' is not a host name or address, without a port");
    hosts.hosts_.push_back(authority->host);
  }
  return hosts;
}

bool AllowedHosts::allows(std::string_view authority) const {
  const auto parsed = http::parse_authority(authority);
  return parsed && std::find(hosts_.begin(), hosts_.end(), parsed->host) != hosts_.end();
}

std::optional<Error> CheckCaller::enter(http::Exchange& exchange) const {
  const http::Request& request = exchange.request;
  if (auto fault = http::target_fault(request)) return fault;
  if (!hosts_.allows(request.authority))
    return Error(
        wrong_host,
        "The page is not served under this host name: use localhost, or name the host in TESTER_HOSTS");
  const std::string origin = request.header_list("origin");
  const bool changes = request.method != http::Method::get && request.method != http::Method::head;
  const bool upgrade = !request.header_list("upgrade").empty();
  if (origin.empty() || (!changes && !upgrade)) return std::nullopt;
  const auto page = http::parse_origin(origin);
  if (page && page == http::own_origin(request)) return std::nullopt;
  return Error(ErrorCode::insufficient_permissions,
               "Pages of other origins may not do this: only the page that is served here");
}

}  // namespace papi::tester
