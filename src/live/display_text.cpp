#include "live/display_text.hpp"

#include <algorithm>
#include <array>

#include "live/protobuf.hpp"

namespace papi::live {
namespace {

constexpr std::size_t most_pieces = 32;
constexpr std::size_t longest_text = 8'192;  // a pattern may name one long piece thousands of times
constexpr std::size_t longest_slot = 40;

/// The text in field `number` of a message.
std::string_view field_of(std::string_view bytes, int number) {
  std::string_view found;
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    reader.tag_and_type() == bytes_of(number) ? void(found = view(reader)) : reader.skip();
  }
  return found;
}

bool is_slot_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ':' || c == '_';
}

/// The length of the slot `{index:kind}` with which `pattern` begins. 0: it does not begin with one.
std::size_t slot_length(std::string_view pattern) {
  std::size_t end = 1;
  while (end < pattern.size() && end < longest_slot && is_slot_character(pattern[end])) ++end;
  return end < pattern.size() && pattern[end] == '}' ? end + 1 : 0;
}

/// The index of a slot; one without an index has none of the pieces.
std::size_t slot_index(std::string_view slot) {
  const auto end = std::min(slot.find_first_not_of("0123456789", 1), slot.size());
  return parse_uint(slot.substr(1, end - 1)).value_or(most_pieces);
}

/// A pattern that stands for itself: its slots have nothing to show.
void append_without_slots(std::string& out, std::string_view pattern) {
  while (!pattern.empty()) {
    const std::size_t length = pattern.front() == '{' ? slot_length(pattern) : 0;
    if (length == 0) out += pattern.front();
    pattern.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

void append_user(std::string& out, std::string_view user) {
  std::string_view nickname, username;
  std::uint64_t id = 0;
  pbf_reader reader = reader_of(user);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case varint(1):
        id = static_cast<std::uint64_t>(reader.get_int64());
        break;
      case bytes_of(3):
        nickname = view(reader);
        break;
      case bytes_of(38):
        username = view(reader);
        break;
      default:
        reader.skip();
    }
  }
  if (!nickname.empty() || !username.empty()) {
    out += nickname.empty() ? username : nickname;
  } else if (id != 0) {
    out += "user" + std::to_string(id);
  }
}

/// Which value is set says what the piece is.
void append_piece(std::string& out, std::string_view piece) {
  pbf_reader reader = reader_of(piece);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case bytes_of(11):
        out += view(reader);
        break;
      case bytes_of(21):
        append_user(out, field_of(view(reader), 1));
        break;
      case bytes_of(22):  // a gift: name_ref is a PatternRef
        append_without_slots(out, field_of(field_of(view(reader), 2), 2));
        break;
      case bytes_of(23):
        reader.skip();
        out += "\u2665";  // a heart
        break;
      case bytes_of(24):
        append_without_slots(out, field_of(view(reader), 2));
        break;
      default:  // an image shows no words
        reader.skip();
    }
  }
}

struct Pieces {
  std::array<std::string_view, most_pieces> all;
  std::size_t count = 0;

  std::string_view operator[](std::size_t index) const {
    return index < count ? all[index] : std::string_view();
  }
  void add(std::string_view piece) {
    if (count < most_pieces) all[count++] = piece;
  }
};

void render(std::string& out, std::string_view pattern, const Pieces& pieces, std::string_view name) {
  while (!pattern.empty() && out.size() < longest_text) {
    const std::size_t length = pattern.front() == '{' ? slot_length(pattern) : 0;
    if (length == 0) {
      const std::size_t next = std::min(pattern.find('{', 1), pattern.size());
      out += pattern.substr(0, next);
      pattern.remove_prefix(next);
      continue;
    }
    const std::size_t index = slot_index(pattern.substr(0, length));
    if (pieces.count == 0 && index == 0) {
      out += name;
    } else {
      append_piece(out, pieces[index]);
    }
    pattern.remove_prefix(length);
  }
  if (out.size() > longest_text) out.resize(longest_text);
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() < 20 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

DisplayText read_display_text(std::string_view bytes, std::string_view name) {
  DisplayText out;
  std::string_view pattern;
  Pieces pieces;
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case bytes_of(1):
        out.key = text(reader);
        break;
      case bytes_of(2):
        pattern = view(reader);
        break;
      case bytes_of(4):
        pieces.add(view(reader));
        break;
      default:
        reader.skip();
    }
  }
  for (std::size_t i = 0; i < pieces.count; ++i) {
    if (out.user.empty()) out.user = field_of(field_of(pieces[i], 21), 1);
    const std::string_view words = out.number.empty() ? field_of(pieces[i], 11) : std::string_view();
    if (is_number(words)) out.number = words;
  }
  std::string rendered;
  render(rendered, pattern, pieces, name);
  out.text = to_utf8(rendered);
  return out;
}

std::string_view display_key(std::string_view bytes) { return field_of(bytes, 1); }

std::string_view display_user(std::string_view bytes) {
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    if (reader.tag_and_type() != bytes_of(4)) {
      reader.skip();
      continue;
    }
    const std::string_view user = field_of(field_of(view(reader), 21), 1);
    if (!user.empty()) return user;
  }
  return {};
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  const auto same = [](char c, char lower) { return (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) == lower; };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

}  // namespace papi::live
