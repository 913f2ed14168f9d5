#pragma once

#include <string>
#include <string_view>

namespace papi::profiles {

/// A friendly face drawn from the name alone: the same name always gives the same picture, to the byte, and
/// other names other ones. Pure shapes: no text, script, style or reference to anything outside.
std::string draw_face(std::string_view username);

}  // namespace papi::profiles
