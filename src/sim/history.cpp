#include "sim/history.hpp"

#include "platform/base/text.hpp"

namespace papi::sim {

std::string cursor_text(std::int64_t room_id, std::uint64_t position, UnixMs now) {
  return "t-" + std::to_string(now) + "_r-" + std::to_string(room_id) + "_d-1_u-1_h-" +
         std::to_string(position);
}

std::optional<std::uint64_t> cursor_position(std::string_view cursor, std::int64_t room_id) {
  if (cursor.find("_r-" + std::to_string(room_id) + "_") == std::string_view::npos) return std::nullopt;
  const auto mark = cursor.find("_h-");
  if (mark == std::string_view::npos) return std::nullopt;
  return parse_uint(cursor.substr(mark + 3));
}

}  // namespace papi::sim
