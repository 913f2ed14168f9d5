#pragma once

#include <cstdint>

namespace papi {

/// What a caller must be allowed to do. The values between these two belong to the product, which also gives
/// them their names.
enum class Permission : std::uint8_t {
  none = 0,           // admits everybody
  authenticated = 7,  // admits every known caller; the handler then shows only what belongs to the caller
};

/// One bit for each Permission.
using PermissionSet = std::uint8_t;
static_assert(static_cast<unsigned>(Permission::authenticated) < 8 * sizeof(PermissionSet));
constexpr PermissionSet bit_of(Permission permission) {
  return static_cast<PermissionSet>(1u << static_cast<unsigned>(permission));
}

}  // namespace papi
