#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace papi::http {

/// Returns the first member name that an object of a JSON text has twice, or nullopt if all names are unique
/// or the text is not JSON. RFC 8259 §4 does not say which of the two members counts, so two programs could
/// read different values. Such a body is refused. `max_depth` bounds the nesting that is followed.
std::optional<std::string> repeated_key(std::string_view text, std::size_t max_depth);

}  // namespace papi::http
