#pragma once

#include <string>

namespace papi::profiles {

/// A colour of sRGB. Each part is from 0 to 1.
struct Colour {
  double red = 0, green = 0, blue = 0;
};

/// Converts HSL to sRGB (CSS Color 4, §7). The hue is in degrees. Saturation and lightness are from 0 to 1.
Colour from_hsl(double hue, double saturation, double lightness);
/// Returns the colour as `#rrggbb`.
std::string hex(const Colour& colour);
/// Returns the contrast ratio, from 1 to 21 (WCAG 2.2).
double contrast(const Colour& a, const Colour& b);

/// Returns the lightest colour of that hue on which white text is readable: contrast 4.5 (WCAG 2.2, 1.4.3).
Colour background_for_white(double hue, double saturation);

}  // namespace papi::profiles
