#pragma once

#include <string_view>

namespace papi {

inline constexpr std::string_view version = PAPI_VERSION;

}  // namespace papi
