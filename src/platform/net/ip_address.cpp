#include "platform/net/ip_address.hpp"

#include <string>

namespace papi {

std::optional<boost::asio::ip::address> parse_ip_address(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(std::string(text), ec);
  if (ec) return std::nullopt;
  return address;
}

std::string host_and_port(std::string_view host, std::uint16_t port) {
  std::string text(host);
  if (text.find(':') != std::string::npos) {
    if (const auto zone = text.find('%'); zone != std::string::npos) text.insert(zone + 1, "25");
    text = "[" + text + "]";
  }
  return text + ":" + std::to_string(port);
}

std::string local_host_and_port(std::string_view host, std::uint16_t port) {
  const auto address = parse_ip_address(host);
  return host_and_port(address && address->is_unspecified() ? "127.0.0.1" : host, port);
}

}  // namespace papi
