#pragma once

#include <cstddef>
#include <string_view>

namespace papi {

/// Whether an enumerator has this value. The compilers write an enumerator by its name, and any other value
/// as a number behind a cast: `(papi::Colour)7`.
template <auto value>
constexpr bool is_enumerator() {
  constexpr std::string_view text = __PRETTY_FUNCTION__;
  constexpr std::string_view before = "value = ";
  const std::size_t at = text.find(before);
  return at != std::string_view::npos && text[at + before.size()] != '(';
}

/// How many enumerators count up from 0 in `Enum`. For static_asserts on tables that are indexed by an enum,
/// so that a new enumerator without its entry does not compile.
template <typename Enum, std::size_t from = 0>
constexpr std::size_t enum_count() {
  if constexpr (is_enumerator<static_cast<Enum>(from)>()) {
    return enum_count<Enum, from + 1>();
  } else {
    return from;
  }
}

}  // namespace papi
