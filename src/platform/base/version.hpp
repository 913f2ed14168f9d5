#pragma once

#include <string_view>

namespace papi {

inline constexpr std::string_view version = PAPI_VERSION;
inline constexpr std::string_view service_name = "Profile & Engagement API";

}  // namespace papi
