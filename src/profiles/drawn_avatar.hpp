#pragma once

#include <string>
#include <string_view>

namespace papi::profiles {

/// Draws a friendly face from the username alone, as SVG. The same name always gives the same bytes, and
/// another name gives another face. The SVG has only shapes: no text, script, style or reference to anything
/// outside.
std::string draw_face(std::string_view username);

}  // namespace papi::profiles
