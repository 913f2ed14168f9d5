#include "profiles/colour.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace papi::profiles {
namespace {

double linear(double part) { return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4); }

double luminance(const Colour& c) {
  return 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
}

/// Rounds to 8 bits, because the colour is written in 8 bits.
double rounded(double part) { return std::round(part * 255) / 255; }

}  // namespace

Colour from_hsl(double hue, double saturation, double lightness) {
  const double reach = saturation * std::min(lightness, 1 - lightness);
  const auto part = [&](double n) {
    const double k = std::fmod(n + hue / 30, 12);
    return rounded(lightness - reach * std::max(-1.0, std::min({k - 3, 9 - k, 1.0})));
  };
  return {part(0), part(8), part(4)};
}

std::string hex(const Colour& colour) {
  char text[8];
  const auto byte = [](double part) { return static_cast<unsigned>(std::lround(part * 255)) & 0xFFU; };
  std::snprintf(text, sizeof text, "#%02x%02x%02x", byte(colour.red), byte(colour.green), byte(colour.blue));
  return text;
}

double contrast(const Colour& a, const Colour& b) {
  const double first = luminance(a) + 0.05;
  const double second = luminance(b) + 0.05;
  return std::max(first, second) / std::min(first, second);
}

Colour background_for_white(double hue, double saturation) {
  const Colour white{1, 1, 1};
  for (int percent = 60; percent > 0; --percent) {
    const Colour colour = from_hsl(hue, saturation, percent / 100.0);
    if (contrast(colour, white) >= 4.5) return colour;
  }
  return {};
}

}  // namespace papi::profiles
