#pragma once

#include <optional>
#include <string_view>

namespace papi {

enum class LogLevel { debug, info, warning, error, critical };

/// Returns the name in capitals: DEBUG, INFO, WARNING, ERROR, CRITICAL.
std::string_view to_string(LogLevel level);
/// Returns the level of that name, in capitals, or nullopt.
std::optional<LogLevel> parse_log_level(std::string_view name);

}  // namespace papi
