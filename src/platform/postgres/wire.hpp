#pragma once

#include <cstdint>
#include <string>
#include <type_traits>

namespace papi::postgres {

/// Numbers as PostgreSQL's binary format has them: two's complement, the highest byte first.
template <class Number>
void put_big_endian(char* out, Number value) {
  auto bits = static_cast<std::make_unsigned_t<Number>>(value);
  for (std::size_t i = sizeof(Number); i-- > 0;) {
    out[i] = static_cast<char>(bits & 0xff);
    if constexpr (sizeof(Number) > 1) bits = static_cast<decltype(bits)>(bits >> 8);
  }
}

template <class Number>
void append_big_endian(std::string& out, Number value) {
  out.resize(out.size() + sizeof(Number));
  put_big_endian(out.data() + out.size() - sizeof(Number), value);
}

/// `bytes` must have as many as the number.
template <class Number>
Number get_big_endian(const char* bytes) {
  std::make_unsigned_t<Number> bits = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    bits = static_cast<decltype(bits)>((static_cast<std::uint64_t>(bits) << 8) |
                                       static_cast<unsigned char>(bytes[i]));
  return static_cast<Number>(bits);
}

}  // namespace papi::postgres
