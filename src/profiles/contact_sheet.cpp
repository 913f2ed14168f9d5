// Prints a page of drawn pictures for difficult names, for a person to look at: ./dev contact-sheet

#include <cstdio>
#include <string>

#include "platform/base/text.hpp"
#include "profiles/drawn_avatar.hpp"
#include "profiles/initials.hpp"

namespace {

constexpr const char* hard_names[] = {
    "Ann Miller",
    "e\u0301mile zola",
    "Łukasz Ćwik",
    "ßeta",
    "i",
    "WWW MMM",
    "Иван Петров",
    "Γιώργος Σ",
    "ქეთევან",
    "Արամ Խաչ",
    "נועה לוי",
    "محمد علي",
    "فاطمة",
    "अनिका शर्मा",
    "தமிழ்",
    "สมชาย",
    "เอกชัย",
    "ໂຕ້",
    "ខ្មែរ",
    "陽翔",
    "さくら",
    "김민준",
    "Nguyễn Lan",
    "👑 King",
    "👩‍👩‍👧",
    "🇧🇷 Brasil",
    "🇧🇷",
    "<&\"'>",
    "&",
    "<script>alert(1)</script>",
    "\u202Ereversed",
    "\u200B",
    "\u3164",
    "",
    "Z\u0351\u0320\u0345a\u0301lgo",
    "10 Pelé",
    "ツ",
    "_.x.",
    "𝕱𝖆𝖓𝖈𝖞",
    "ﷺ",
};

void print_picture(const std::string& svg) {
  std::printf("<img src=\"data:image/svg+xml;base64,%s\" width=96 height=96>", papi::base64(svg).c_str());
}

}  // namespace

int main() {
  std::puts(
      "<!DOCTYPE html><meta charset=utf-8><style>body{font:15px sans-serif;margin:16px;width:1180px}"
      "div{display:flex;flex-wrap:wrap;gap:8px}img{border-radius:50%}</style><h3>Initials</h3><div>");
  for (const char* name : hard_names)
    print_picture(papi::profiles::draw_initials(std::string("user") + name, name));
  std::puts("</div><h3>Drawn from the name alone</h3><div>");
  for (int i = 0; i < 55; ++i) print_picture(papi::profiles::draw_face("person_" + std::to_string(i)));
  std::puts("</div>");
}
