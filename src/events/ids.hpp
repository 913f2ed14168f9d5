#pragma once

#include <cstdint>

#include "platform/base/strong.hpp"

namespace papi::events {

/// The database key of a session. The store gives it; 0: none.
using SessionKey = Strong<struct SessionKeyTag, std::int64_t>;

/// TikTok's number of one stream. 0: unknown.
using RoomId = Strong<struct RoomIdTag, std::uint64_t>;

/// TikTok's number of a person. 0: unknown, or nobody.
using UserId = Strong<struct UserIdTag, std::uint64_t>;

}  // namespace papi::events
