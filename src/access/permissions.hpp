#pragma once

#include <string_view>

#include "platform/base/permission.hpp"

/// The permissions of this service beside Permission::none and Permission::authenticated. The database stores
/// their bits, so a number never changes.
namespace papi::permission {

inline constexpr Permission read{1};
inline constexpr Permission write{2};
inline constexpr Permission connect{3};
inline constexpr Permission admin{4};

/// Returns the name that callers and documents use. It also knows `none` and `authenticated`.
std::string_view name_of(Permission permission);

}  // namespace papi::permission
