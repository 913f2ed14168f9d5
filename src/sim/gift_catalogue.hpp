#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace papi::sim {

/// A gift as TikTok sells it. Gifts of type 1 can be sent in streaks. Gifts of types 2 and 4 cannot
/// (docs/webcast-protocol.md §4.8).
struct CatalogueGift {
  std::int64_t id;
  std::string_view name;
  int diamonds;
  int type;
};

inline constexpr CatalogueGift gift_catalogue_rows[] = {
    {5655, "Rose", 1, 1},     {5269, "TikTok", 1, 1},     {5487, "Finger Heart", 5, 1},
    {8913, "Rosa", 10, 1},    {5658, "Perfume", 20, 1},   {5879, "Doughnut", 30, 1},
    {6064, "GG", 1, 1},       {5585, "Confetti", 100, 2}, {5660, "Hand Hearts", 100, 2},
    {6267, "Corgi", 299, 2},  {11046, "Galaxy", 1000, 2}, {6369, "Lion", 29999, 2},
    {7934, "Heart Me", 1, 4},
};
inline std::span<const CatalogueGift> gift_catalogue() { return gift_catalogue_rows; }

}  // namespace papi::sim
