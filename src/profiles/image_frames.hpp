#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "profiles/image.hpp"

namespace papi::profiles {

/// Returns why a picture's frames do not fit its header, or nullopt if they fit. All pixel limits are checked
/// against the header. A larger frame after the header would pass these checks and would still be decoded by
/// the viewer's browser. GIF (GIF89a §20), PNG with APNG's `fcTL`, WebP (RFC 9649 §2.7) and JPEG (ITU-T T.81
/// B.2) are read from block to block without decoding. A truncated picture is not refused for being
/// truncated.
std::optional<std::string> frames_fault(std::string_view bytes, const ImageHeader& header);

}  // namespace papi::profiles
