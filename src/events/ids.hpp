#pragma once

#include <cstdint>

#include "platform/base/strong.hpp"

namespace papi::events {

/// The database key of a session. The store gives it; 0: none.
using SessionKey = Strong<struct SessionKeyTag, std::int64_t>;

}  // namespace papi::events
