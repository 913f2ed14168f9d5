#include "platform/http/query_reader.hpp"

#include "platform/base/text.hpp"

namespace papi::http {

std::optional<std::string> QueryReader::text(std::string_view name) const {
  for (const auto& [key, value] : values_) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::int64_t QueryReader::integer(std::string_view name, std::int64_t fallback, std::int64_t low,
                                  std::int64_t high) {
  const auto given = text(name);
  if (!given) return fallback;
  const auto value = parse_int(*given);
  if (value && *value >= low && *value <= high) return *value;
  reject(name, "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  return fallback;
}

UnixMs QueryReader::time(std::string_view name, UnixMs fallback) {
  const auto given = text(name);
  if (!given) return fallback;
  if (const auto number = parse_int(*given); number && *number >= 0) return *number;
  if (const auto parsed = parse_rfc3339(*given)) return *parsed;
  reject(name, "must be Unix milliseconds or a time such as 2026-11-23T14:16:00Z");
  return fallback;
}

}  // namespace papi::http
