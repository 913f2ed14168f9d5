#pragma once

#include "platform/http/error_table.hpp"

namespace papi::live::codes {

// The errors that only a live room has. Callers see each one, and those of other servers, as a
// CONNECTION_ERROR with a `reason` of its own (docs/errors.md).

inline constexpr ErrorCode user_not_found{1'000};
inline constexpr ErrorCode user_offline{1'001};
inline constexpr ErrorCode sign_rate_limited{1'002};

std::vector<http::ErrorRow> rows();

}  // namespace papi::live::codes
