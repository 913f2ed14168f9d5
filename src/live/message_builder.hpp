#pragma once

// For tests: builds protobuf messages by field number, as other implementations of the protocol write them.

#include <gtest/gtest.h>

#include <protozero/pbf_writer.hpp>
#include <string>
#include <variant>
#include <vector>

#include "live/decoder.hpp"

namespace papi::live {

struct Field {
  Field(int number_, std::int64_t value_) : number(number_), value(value_) {}
  Field(int number_, int value_) : number(number_), value(std::int64_t{value_}) {}
  Field(int number_, bool value_) : number(number_), value(std::int64_t{value_ ? 1 : 0}) {}
  Field(int number_, std::string value_) : number(number_), value(std::move(value_)) {}
  Field(int number_, const char* value_) : number(number_), value(std::string(value_)) {}

  int number;
  std::variant<std::int64_t, std::string> value;  // a varint, or the bytes of a text or nested message
};

inline std::string message(const std::vector<Field>& fields) {
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  for (const Field& field : fields) {
    const auto number = static_cast<protozero::pbf_tag_type>(field.number);
    if (const auto* varint = std::get_if<std::int64_t>(&field.value)) {
      writer.add_int64(number, *varint);
    } else {
      writer.add_bytes(number, std::get<std::string>(field.value));
    }
  }
  return bytes;
}

/// Returns a User with id, nickname and display_id.
inline std::string user(std::int64_t id, const std::string& nickname, const std::string& username) {
  return message({{1, id}, {3, nickname}, {38, username}});
}
inline std::string string_piece(const std::string& value) { return message({{1, 1}, {11, value}}); }
inline std::string user_piece(const std::string& user_bytes) {
  return message({{1, 11}, {21, message({{1, user_bytes}})}});
}
/// Returns a Text.
inline std::string display_text(const std::string& key, const std::string& pattern,
                                const std::vector<std::string>& pieces = {}) {
  std::vector<Field> fields{{1, key}, {2, pattern}};
  for (const std::string& piece : pieces) fields.emplace_back(4, piece);
  return message(fields);
}
/// Returns the common part of a message, with `text` as its display text.
inline Field common(const std::string& text = {}) {
  std::vector<Field> fields{{2, std::int64_t{7'300'000'000'000'000'200}},
                            {3, std::int64_t{7'300'000'000'000'000'001}}};
  if (!text.empty()) fields.emplace_back(8, text);
  return {1, message(fields)};
}

inline events::Event decode_fields(const std::string& method, const std::vector<Field>& fields) {
  const std::string payload = message(fields);
  RawMessage raw;
  raw.method = method;
  raw.payload = payload;
  bool readable = false;
  events::Event event = decode(raw, 1'763'907'360'007, readable);
  EXPECT_TRUE(readable);
  return event;
}

}  // namespace papi::live
