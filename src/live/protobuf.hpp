#pragma once

// Names for reading protobuf with protozero. Switching on number and wire type together makes a known field
// with a wrong wire type fall to skip(), as the dossier (§4.10) asks. Readers throw protozero::exception
// where bytes are malformed.

#include <protozero/pbf_reader.hpp>
#include <string>
#include <string_view>

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
inline std::string_view view(pbf_reader& reader) {
  const auto data = reader.get_view();
  return {data.data(), data.size()};
}
inline pbf_reader reader_of(std::string_view bytes) { return pbf_reader(bytes.data(), bytes.size()); }
/// Not get_bool(): that one reads its byte before it looks for the end of the input (protozero 1.7).
inline bool flag(pbf_reader& reader) { return reader.get_uint64() != 0; }
/// A wire string as valid UTF-8.
inline std::string text(pbf_reader& reader) { return to_utf8(view(reader)); }

}  // namespace papi::live
