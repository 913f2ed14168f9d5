#include "tester/upstream_target.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace papi::tester {

Result<UpstreamTarget> UpstreamTarget::parse(std::string_view text) {
  const auto url = boost::urls::parse_uri(boost::core::string_view(text.data(), text.size()));
  if (!url || (url->scheme() != "http" && url->scheme() != "https") || url->host().empty())
    return Error(ErrorCode::validation, "must be a URL such as http://localhost:8002");
  if (url->has_query() || url->has_fragment() || url->has_userinfo())
    return Error(ErrorCode::validation, "must have no query, fragment or password");
  if (url->has_port() && (url->port().empty() || url->port_number() == 0))
    return Error(ErrorCode::validation, "must have a port from 1 to 65535");
  UpstreamTarget target;
  target.secure = url->scheme() == "https";
  target.host = url->host_address();
  target.port = url->has_port() ? url->port_number() : target.secure ? 443 : 80;
  target.authority = std::string(url->encoded_host_and_port());
  target.path = std::string(url->encoded_path());
  while (target.path.ends_with('/')) target.path.pop_back();
  target.url = std::string(text);
  return target;
}

}  // namespace papi::tester
