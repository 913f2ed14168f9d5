#pragma once

#include <cstdint>
#include <limits>

#include "platform/base/strong.hpp"

namespace papi::events {

/// The database key of a session. The store gives it; 0: none.
using SessionKey = Strong<struct SessionKeyTag, std::int64_t>;

/// TikTok's number of one stream. 0: unknown.
using RoomId = Strong<struct RoomIdTag, std::uint64_t>;

/// TikTok's number of a person. 0: unknown, or nobody.
using UserId = Strong<struct UserIdTag, std::uint64_t>;

/// The place of an event in the event log of its session: 1, 2, 3, …. 0: before the first.
using Offset = Strong<struct OffsetTag, std::uint64_t>;

/// The largest offset that a database can hold.
inline constexpr Offset max_offset(std::numeric_limits<std::int64_t>::max());

constexpr Offset next_offset(Offset offset) { return Offset(offset.value() + 1); }
/// `offset` must not be 0.
constexpr Offset previous_offset(Offset offset) { return Offset(offset.value() - 1); }
/// Returns how many offsets follow `from`, up to `to`. `from` must not be larger than `to`.
constexpr std::uint64_t distance(Offset from, Offset to) { return to.value() - from.value(); }

}  // namespace papi::events
