#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <cstdlib>

#include "platform/base/fuzz_target.hpp"
#include "platform/http/trusted_proxies.hpp"

/// For any headers of a trusted proxy: the client address is an address in its canonical spelling, and the
/// prefix is empty or a path of this host.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace papi::http;
  namespace ip = boost::asio::ip;
  static const TrustedProxies proxies = *TrustedProxies::parse("127.0.0.1, 10.0.0.0/8, 2001:db8::/32");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Request request;
  request.client_address = "127.0.0.1";
  request.headers = {{"X-Forwarded-For", text.substr(0, size / 2)},
                     {"X-Forwarded-For", text.substr(size / 2)},
                     {"X-Forwarded-Host", text},
                     {"X-Forwarded-Prefix", text}};
  std::string storage;
  proxies.apply(ip::make_address("127.0.0.1"), request, storage);
  boost::system::error_code ec;
  const auto address = ip::make_address(std::string(request.client_address), ec);
  if (ec || address.to_string() != request.client_address) std::abort();
  const std::string_view prefix = request.prefix;
  const bool path = prefix.starts_with('/') && prefix.find("//") == std::string_view::npos;
  if (!prefix.empty() && (!path || prefix.find_first_of("\"\\\r\n") != std::string_view::npos)) std::abort();
  return 0;
}
