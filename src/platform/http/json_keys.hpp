#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace papi::http {

/// The first member name that one object of a JSON text has twice; nothing where all are unique, or where the
/// text is no JSON. RFC 8259 §4 leaves open which of the two counts, so two programs may read two things; we
/// refuse it. `max_depth` bounds the nesting that is followed.
std::optional<std::string> repeated_key(std::string_view text, std::size_t max_depth);

}  // namespace papi::http
