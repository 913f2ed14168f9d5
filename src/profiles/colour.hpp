#pragma once

#include <string>

namespace papi::profiles {

/// A colour of sRGB, each part from 0 to 1.
struct Colour {
  double red = 0, green = 0, blue = 0;
};

/// Hue in degrees; saturation and lightness from 0 to 1 (CSS Color 4, §7).
Colour from_hsl(double hue, double saturation, double lightness);
/// `#rrggbb`.
std::string hex(const Colour& colour);
/// From 1 to 21 (WCAG 2.2, contrast ratio).
double contrast(const Colour& a, const Colour& b);

/// The colour of that hue that is as light as it may be for white text on it to be readable: contrast 4.5
/// (WCAG 2.2, 1.4.3).
Colour background_for_white(double hue, double saturation);

}  // namespace papi::profiles
