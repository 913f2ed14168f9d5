#pragma once

#include <cstdint>
#include <string>

#include "sim/cast.hpp"
#include "sim/gift_catalogue.hpp"

namespace papi::sim {

/// An event that somebody makes by hand: POST /sim/comment, /sim/gift, /sim/like or /sim/follow.
struct OwnEvent {
  enum class Kind : std::uint8_t { comment, gift, like, follow };
  Kind kind = Kind::comment;
  Person who;
  std::string text;                     // of a comment
  std::string language;                 // of a comment
  const CatalogueGift* gift = nullptr;  // of a gift
  std::int64_t count = 1;               // of a gift or like
};

}  // namespace papi::sim
