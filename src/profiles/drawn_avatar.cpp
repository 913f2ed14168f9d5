#include "profiles/drawn_avatar.hpp"

#include <array>
#include <cstdint>

#include "platform/base/sha256.hpp"
#include "profiles/colour.hpp"

namespace papi::profiles {
namespace {

/// Makes choices from the digest of the name, one byte each.
class Choices {
 public:
  explicit Choices(std::string_view name) : digest_(sha256(name)) {}
  std::size_t of(std::size_t n) { return digest_[next_++ % digest_.size()] % n; }

 private:
  std::array<std::uint8_t, 32> digest_;
  std::size_t next_ = 0;
};

template <std::size_t N>
std::string_view pick(Choices& choices, const std::array<std::string_view, N>& from) {
  return from[choices.of(N)];
}

// Shapes in a square of 100 units. The placeholders: S skin, D a darker skin, H hair, A an accent, I ink.
constexpr std::array<std::string_view, 6> backdrops = {
    "",
    "<circle cx='18' cy='20' r='26' fill='A' opacity='.35'/><circle cx='88' cy='74' r='20' fill='A' "
    "opacity='.3'/>",
    "<path d='M0 70 Q25 55 50 70 T100 70 V100 H0Z' fill='A' opacity='.4'/>",
    "<path d='M-10 30 L60 -40 L90 -10 L20 60Z' fill='A' opacity='.3'/>",
    "<circle cx='50' cy='50' r='44' fill='A' opacity='.35'/>",
    "<path d='M0 100 L50 20 L100 100Z' fill='A' opacity='.35'/>",
};
constexpr std::array<std::string_view, 5> shoulders = {
    "<path d='M14 100 Q16 78 50 78 Q84 78 86 100Z' fill='A'/>",
    "<path d='M10 100 Q20 74 50 76 Q80 74 90 100Z' fill='A'/><path d='M40 76 L50 90 L60 76Z' fill='S'/>",
    "<path d='M12 100 Q14 77 50 77 Q86 77 88 100Z' fill='A'/><path d='M36 78 Q50 92 64 78' fill='none' "
    "stroke='#fff' stroke-opacity='.6' stroke-width='4'/>",
    "<path d='M16 100 V88 Q18 77 50 77 Q82 77 84 88 V100Z' fill='A'/><path d='M16 91 H84' stroke='#fff' "
    "stroke-opacity='.55' stroke-width='5'/>",
    "<path d='M14 100 Q16 78 50 78 Q84 78 86 100Z' fill='A'/><path d='M34 79 L40 100 M66 79 L60 100' "
    "stroke='I' stroke-opacity='.35' stroke-width='4'/>",
};
constexpr std::array<std::string_view, 4> hair_behind = {
    "",
    "<path d='M22 52 Q20 20 50 20 Q80 20 78 52 L80 84 H20Z' fill='H'/>",
    "<circle cx='50' cy='42' r='33' fill='H'/>",
    "<circle cx='26' cy='30' r='11' fill='H'/><circle cx='74' cy='30' r='11' fill='H'/>",
};
constexpr std::array<std::string_view, 4> heads = {
    "<circle cx='50' cy='50' r='27' fill='S'/>",
    "<rect x='24' y='24' width='52' height='54' rx='24' fill='S'/>",
    "<path d='M24 44 Q24 22 50 22 Q76 22 76 44 Q76 66 62 75 Q50 81 38 75 Q24 66 24 44Z' fill='S'/>",
    "<ellipse cx='50' cy='50' rx='25' ry='29' fill='S'/>",
};
constexpr std::string_view ears =
    "<circle cx='24' cy='52' r='5.5' fill='D'/><circle cx='76' cy='52' r='5.5' fill='D'/>";
constexpr std::array<std::string_view, 9> hair = {
    "",
    "<path d='M23 46 Q22 20 50 20 Q78 20 77 46 Q70 32 50 33 Q30 32 23 46Z' fill='H'/>",
    "<path d='M23 48 Q20 18 54 19 Q80 20 77 48 Q74 34 60 30 Q40 40 23 48Z' fill='H'/>",
    "<path d='M24 42 Q26 20 50 20 Q74 20 76 42 L70 34 L63 40 L56 33 L49 40 L42 33 L35 40 L29 34Z' fill='H'/>",
    "<circle cx='32' cy='30' r='9' fill='H'/><circle cx='44' cy='24' r='10' fill='H'/><circle cx='57' "
    "cy='24' "
    "r='10' fill='H'/><circle cx='69' cy='31' r='9' fill='H'/>",
    "<path d='M24 44 Q24 20 50 20 Q76 20 76 44 Q72 37 68 36 L32 36 Q28 37 24 44Z' fill='H'/>",
    "<path d='M44 24 Q40 8 52 6 Q48 14 58 12 Q64 18 56 26 Q50 22 44 24Z' fill='H'/>",
    "<circle cx='50' cy='17' r='10' fill='H'/><path d='M24 44 Q24 21 50 21 Q76 21 76 44 Q64 30 50 30 Q36 30 "
    "24 "
    "44Z' fill='H'/>",
    "<path d='M21 40 Q22 17 50 17 Q78 17 79 40Z' fill='A'/><rect x='17' y='37' width='66' height='7' "
    "rx='3.5' "
    "fill='A'/><path d='M17 40.5 H83' stroke='I' stroke-opacity='.25' stroke-width='3'/>",
};
constexpr std::array<std::string_view, 8> eyes = {
    "<circle cx='40' cy='50' r='3.6' fill='I'/><circle cx='60' cy='50' r='3.6' fill='I'/>",
    "<circle cx='40' cy='50' r='5.5' fill='#fff'/><circle cx='60' cy='50' r='5.5' fill='#fff'/><circle "
    "cx='41' cy='51' r='2.8' fill='I'/><circle cx='61' cy='51' r='2.8' fill='I'/>",
    "<path d='M35 51 Q40 45 45 51 M55 51 Q60 45 65 51' fill='none' stroke='I' stroke-width='2.8' "
    "stroke-linecap='round'/>",
    "<path d='M35 49 Q40 54 45 49 M55 49 Q60 54 65 49' fill='none' stroke='I' stroke-width='2.8' "
    "stroke-linecap='round'/>",
    "<circle cx='40' cy='50' r='3.6' fill='I'/><path d='M55 50 Q60 46 65 50' fill='none' stroke='I' "
    "stroke-width='2.8' stroke-linecap='round'/>",
    "<ellipse cx='40' cy='50' rx='3' ry='4.5' fill='I'/><ellipse cx='60' cy='50' rx='3' ry='4.5' "
    "fill='I'/><circle cx='41' cy='48' r='1.2' fill='#fff'/><circle cx='61' cy='48' r='1.2' fill='#fff'/>",
    "<circle cx='40' cy='50' r='3' fill='I'/><circle cx='60' cy='50' r='3' fill='I'/><path d='M34 43 L44 42 "
    "M56 "
    "42 L66 43' stroke='I' stroke-width='2.4' stroke-linecap='round'/>",
    "<circle cx='40' cy='50' r='3' fill='I'/><circle cx='60' cy='50' r='3' fill='I'/><path d='M35 44 Q40 40 "
    "45 "
    "43 M55 43 Q60 40 65 44' fill='none' stroke='I' stroke-width='2.2' stroke-linecap='round'/>",
};
constexpr std::array<std::string_view, 7> mouths = {
    "<path d='M41 62 Q50 70 59 62' fill='none' stroke='I' stroke-width='2.8' stroke-linecap='round'/>",
    "<path d='M39 61 Q50 76 61 61Z' fill='I'/><path d='M44 66.5 Q50 64 56 66.5 Q50 71 44 66.500Z' "
    "fill='#ff7a86'/>",
    "<path d='M40 61 H60 Q58 71 50 71 Q42 71 40 61Z' fill='#fff' stroke='I' stroke-width='1.6'/>",
    "<path d='M44 65 H57' stroke='I' stroke-width='2.8' stroke-linecap='round'/>",
    "<path d='M43 64 Q52 69 58 61' fill='none' stroke='I' stroke-width='2.8' stroke-linecap='round'/>",
    "<ellipse cx='50' cy='65' rx='4' ry='5' fill='I'/>",
    "<path d='M41 62 Q45.5 67 50 62 Q54.5 67 59 62' fill='none' stroke='I' stroke-width='2.6' "
    "stroke-linecap='round'/>",
};
constexpr std::array<std::string_view, 4> noses = {
    "",
    "<path d='M50 52 Q53 57 49 58' fill='none' stroke='D' stroke-width='2.2' stroke-linecap='round'/>",
    "<circle cx='50' cy='57' r='2.6' fill='D'/>",
    "<path d='M47 57 Q50 60 53 57' fill='none' stroke='D' stroke-width='2.2' stroke-linecap='round'/>",
};
constexpr std::array<std::string_view, 8> extras = {
    "",
    "",
    "<circle cx='33' cy='60' r='4.5' fill='#ff6b6b' opacity='.35'/><circle cx='67' cy='60' r='4.5' "
    "fill='#ff6b6b' opacity='.35'/>",
    "<g fill='none' stroke='I' stroke-width='2'><circle cx='40' cy='50' r='8'/><circle cx='60' cy='50' "
    "r='8'/><path d='M48 49 Q50 47.5 52 49'/></g>",
    "<g fill='I' opacity='.45'><circle cx='35' cy='59' r='1'/><circle cx='38' cy='61.5' r='1'/><circle "
    "cx='62' cy='61.5' r='1'/><circle cx='65' cy='59' r='1'/></g>",
    "<path d='M22 54 Q20 22 50 20 Q80 22 78 54' fill='none' stroke='I' stroke-width='3'/><rect x='18' y='46' "
    "width='9' height='15' rx='4.5' fill='A'/><rect x='73' y='46' width='9' height='15' rx='4.5' fill='A'/>",
    "<circle cx='24' cy='60' r='2.2' fill='#ffd54a'/><circle cx='76' cy='60' r='2.2' fill='#ffd54a'/>",
    "<g fill='#1d2433'><rect x='31' y='45' width='17' height='10' rx='4'/><rect x='52' y='45' width='17' "
    "height='10' rx='4'/><rect x='46' y='46' width='8' height='2.5'/></g>",
};
constexpr std::array<std::string_view, 10> skins = {"#ffe0c2", "#f7cfa5", "#eab98a", "#d9a06f", "#c2855a",
                                                    "#a56a43", "#8a5535", "#6b3f29", "#c9b6f2", "#a8e0c8"};
constexpr std::array<std::string_view, 10> darker_skins = {"#f2c096", "#e6b07f", "#d29a66", "#bd804f",
                                                           "#a56a43", "#86512f", "#6d3f25", "#532e1c",
                                                           "#a78fdc", "#7fc6a9"};
constexpr std::array<std::string_view, 10> hairs = {"#23201f", "#4a2f23", "#7a4a2b", "#b5773c", "#e2b15b",
                                                    "#c94f3d", "#8d8f99", "#f1e9dd", "#5b6ee1", "#d667b5"};

struct Palette {
  std::string_view skin, darker, hair;
  std::string accent;
};

/// Returns the colour of a placeholder letter.
std::string_view colour_of(char letter, const Palette& palette) {
  switch (letter) {
    case 'S':
      return palette.skin;
    case 'D':
      return palette.darker;
    case 'H':
      return palette.hair;
    case 'A':
      return palette.accent;
    case 'I':
      return "#2b2233";
    default:
      return {};
  }
}

/// Appends a shape. Apostrophes become quotation marks, and placeholders become colours.
void append_shape(std::string& svg, std::string_view shape, const Palette& palette) {
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool alone = i > 0 && shape[i - 1] == '\'' && i + 1 < shape.size() && shape[i + 1] == '\'';
    const std::string_view colour = alone ? colour_of(shape[i], palette) : std::string_view();
    if (!colour.empty()) {
      svg += colour;
    } else {
      svg += shape[i] == '\'' ? '"' : shape[i];
    }
  }
}

}  // namespace

std::string draw_face(std::string_view username) {
  Choices choices(username);
  const double hue = static_cast<double>(choices.of(72) * 5);
  const double turn = static_cast<double>(choices.of(3) * 40 + 120);
  const std::size_t skin = choices.of(skins.size());
  const Palette palette{skins[skin], darker_skins[skin], pick(choices, hairs),
                        hex(from_hsl(hue + turn, 0.62, 0.52))};
  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\" width=\"256\" height=\"256\" "
      "role=\"img\"><defs><linearGradient id=\"g\" x1=\"0\" y1=\"0\" x2=\"1\" y2=\"1\"><stop stop-color=\"";
  svg += hex(from_hsl(hue, 0.75, 0.84)) + "\"/><stop offset=\"1\" stop-color=\"" +
         hex(from_hsl(hue + 35, 0.65, 0.68)) +
         "\"/></linearGradient></defs><rect width=\"100\" height=\"100\" fill=\"url(#g)\"/>";
  const std::string_view backdrop = pick(choices, backdrops);
  const std::string_view clothes = pick(choices, shoulders);
  const std::string_view behind = pick(choices, hair_behind);
  const std::string_view head = pick(choices, heads);
  const std::array<std::string_view, 6> above = {pick(choices, eyes),   pick(choices, noses),
                                                 pick(choices, mouths), pick(choices, hair),
                                                 pick(choices, extras), ""};
  for (const std::string_view shape : {backdrop, behind, clothes, ears, head})
    append_shape(svg, shape, palette);
  for (const std::string_view shape : above) append_shape(svg, shape, palette);
  return svg + "</svg>";
}

}  // namespace papi::profiles
