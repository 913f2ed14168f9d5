#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "profiles/image.hpp"

namespace papi::profiles {

/// Why a picture's frames do not fit its header; nothing if they do. Every limit on pixels is checked against
/// the header, so a larger frame behind it would pass them all and still be decoded by whoever shows it. GIF
/// (GIF89a §20), PNG with APNG's `fcTL`, WebP (RFC 9649 §2.7) and JPEG (ITU-T T.81 B.2) are walked from block
/// to block without being decoded. A picture that is cut short is not refused for that.
std::optional<std::string> frames_fault(std::string_view bytes, const ImageHeader& header);

}  // namespace papi::profiles
