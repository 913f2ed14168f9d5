#pragma once

// Short names for reading protobuf with protozero. The decoders switch on field number and wire type
// together. So a known field with a wrong wire type reaches skip(), as docs/webcast-protocol.md §4.10
// requires. If bytes are malformed, readers throw protozero::exception.

#include <protozero/pbf_reader.hpp>
#include <string>
#include <string_view>
#include <type_traits>

#include "live/message_fields.hpp"
#include "platform/base/text.hpp"

namespace papi::live {

using protozero::pbf_reader;

constexpr std::uint32_t varint(int number) {
  return protozero::tag_and_type(static_cast<protozero::pbf_tag_type>(number),
                                 protozero::pbf_wire_type::varint);
}
constexpr std::uint32_t bytes_of(int number) {
  return protozero::tag_and_type(static_cast<protozero::pbf_tag_type>(number),
                                 protozero::pbf_wire_type::length_delimited);
}
/// The same for a field of live/message_fields.hpp.
template <class Field>
  requires std::is_enum_v<Field>
constexpr std::uint32_t varint(Field field) {
  return varint(static_cast<int>(field));
}
template <class Field>
  requires std::is_enum_v<Field>
constexpr std::uint32_t bytes_of(Field field) {
  return bytes_of(static_cast<int>(field));
}
inline std::string_view view(pbf_reader& reader) {
  const auto data = reader.get_view();
  return {data.data(), data.size()};
}
inline pbf_reader reader_of(std::string_view bytes) { return pbf_reader(bytes.data(), bytes.size()); }
/// Does not use get_bool(): that function reads its byte before it checks for the end of the input (protozero
/// 1.7).
inline bool flag(pbf_reader& reader) { return reader.get_uint64() != 0; }
/// Returns a wire string as valid UTF-8.
inline std::string text(pbf_reader& reader) { return to_utf8(view(reader)); }

}  // namespace papi::live
