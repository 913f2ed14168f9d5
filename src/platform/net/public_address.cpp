#include "platform/net/public_address.hpp"

#include <algorithm>
#include <cstdint>

namespace papi {
namespace {

namespace ip = boost::asio::ip;

struct Block {
  std::uint32_t first;
  int bits;
};

constexpr std::uint32_t block_of(unsigned a, unsigned b, unsigned c = 0) {
  return a << 24 | b << 16 | c << 8;
}

constexpr Block special_v4[] = {
    {block_of(0, 0), 8},          // this network
    {block_of(10, 0), 8},         // private
    {block_of(100, 64), 10},      // carrier-grade NAT
    {block_of(127, 0), 8},        // loopback
    {block_of(169, 254), 16},     // link-local, and the metadata service of clouds
    {block_of(172, 16), 12},      // private
    {block_of(192, 0, 0), 24},    // protocol assignments
    {block_of(192, 0, 2), 24},    // documentation
    {block_of(192, 88, 99), 24},  // 6to4 relays, deprecated
    {block_of(192, 168), 16},     // private
    {block_of(198, 18), 15},      // benchmarks
    {block_of(198, 51, 100), 24}, {block_of(203, 0, 113), 24},
    {block_of(224, 0), 3},  // multicast, reserved, broadcast
};

bool is_public_v4(const ip::address_v4& address) {
  const std::uint32_t number = address.to_uint();
  for (const Block& block : special_v4) {
    if ((number ^ block.first) >> (32 - block.bits) == 0) return false;
  }
  return number != block_of(168, 63, 129) + 16;  // a cloud's metadata service, on a public address
}

/// Only 2000::/3 is allocated. Special addresses within it are not public, nor those that carry an IPv4
/// address.
bool is_public_v6(const ip::address_v6& address) {
  const auto b = address.to_bytes();
  if ((b[0] & 0xE0) != 0x20) return false;
  const unsigned first = unsigned{b[0]} << 8 | b[1];
  const unsigned second = unsigned{b[2]} << 8 | b[3];
  if (first == 0x2001 && second < 0x0200) return false;   // protocol assignments, with Teredo
  if (first == 0x2001 && second == 0x0DB8) return false;  // documentation
  if (first == 0x2002) return false;                      // 6to4 carries an IPv4 address
  return !(first == 0x3FFF && second < 0x1000);           // documentation
}

bool is_near_v4(const ip::address_v4& address) {
  constexpr Block near[] = {{block_of(10, 0), 8},
                            {block_of(127, 0), 8},
                            {block_of(169, 254), 16},
                            {block_of(172, 16), 12},
                            {block_of(192, 168), 16}};
  return std::any_of(std::begin(near), std::end(near), [number = address.to_uint()](const Block& block) {
    return (number ^ block.first) >> (32 - block.bits) == 0;
  });
}

}  // namespace

bool is_near(const ip::address& address) {
  if (address.is_v4()) return is_near_v4(address.to_v4());
  const ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return is_near_v4(ip::make_address_v4(ip::v4_mapped, v6));
  const bool unique_local = (v6.to_bytes()[0] & 0xFE) == 0xFC;
  return v6.is_loopback() || v6.is_link_local() || unique_local;
}

bool is_public(const ip::address& address) {
  if (address.is_v4()) return is_public_v4(address.to_v4());
  const ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return is_public_v4(ip::make_address_v4(ip::v4_mapped, v6));
  return is_public_v6(v6);
}

}  // namespace papi
