#include "auth/address_bucket.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "platform/net/ip_address.hpp"

namespace papi::auth {

std::string address_bucket(std::string_view client_address) {
  const auto address = parse_ip_address(client_address);
  if (!address || !address->is_v6()) return std::string(client_address);
  auto bytes = address->to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return boost::asio::ip::make_address_v6(bytes).to_string() + "/64";
}

}  // namespace papi::auth
