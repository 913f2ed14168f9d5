#include "live/display_text.hpp"

#include <algorithm>
#include <array>

#include "live/protobuf.hpp"

namespace papi::live {
namespace {

constexpr std::size_t most_pieces = 32;
constexpr std::size_t longest_text = 8'192;  // a pattern can repeat one long piece thousands of times
constexpr std::size_t longest_slot = 40;

/// Returns the bytes of one field of a message.
template <class Field>
std::string_view field_of(std::string_view bytes, Field field) {
  std::string_view found;
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    if (reader.tag_and_type() == bytes_of(field)) {
      found = view(reader);
    } else {
      reader.skip();
    }
  }
  return found;
}

/// Returns the User of a TextPiece, or nothing if it is of another type.
std::string_view user_in_piece(std::string_view piece) {
  return field_of(field_of(piece, TextPieceField::user_value), TextPieceUserField::user);
}

bool is_slot_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ':' || c == '_';
}

/// Returns the length of the slot `{index:kind}` at the beginning of `pattern`, or 0 if it does not begin
/// with one.
std::size_t slot_length(std::string_view pattern) {
  std::size_t end = 1;
  while (end < pattern.size() && end < longest_slot && is_slot_character(pattern[end])) ++end;
  return end < pattern.size() && pattern[end] == '}' ? end + 1 : 0;
}

/// Returns the index of a slot. A slot without an index gets the index `most_pieces`, which no piece has.
std::size_t slot_index(std::string_view slot) {
  const auto end = std::min(slot.find_first_not_of("0123456789", 1), slot.size());
  return parse_uint(slot.substr(1, end - 1)).value_or(most_pieces);
}

/// Appends a pattern that has no pieces. Its slots are left out.
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
      case varint(UserField::id):
        id = static_cast<std::uint64_t>(reader.get_int64());
        break;
      case bytes_of(UserField::nickname):
        nickname = view(reader);
        break;
      case bytes_of(UserField::display_id):
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

/// The kind of a piece follows from the field that is set.
void append_piece(std::string& out, std::string_view piece) {
  pbf_reader reader = reader_of(piece);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case bytes_of(TextPieceField::string_value):
        out += view(reader);
        break;
      case bytes_of(TextPieceField::user_value):
        append_user(out, field_of(view(reader), TextPieceUserField::user));
        break;
      case bytes_of(TextPieceField::gift_value):  // a gift; its name_ref is a PatternRef
        append_without_slots(out, field_of(field_of(view(reader), TextPieceGiftField::name_ref),
                                           PatternRefField::default_pattern));
        break;
      case bytes_of(TextPieceField::heart_value):
        reader.skip();
        out += "\u2665";  // a heart
        break;
      case bytes_of(TextPieceField::pattern_ref_value):
        append_without_slots(out, field_of(view(reader), PatternRefField::default_pattern));
        break;
      default:  // an image has no text
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
      case bytes_of(TextField::key):
        out.key = text(reader);
        break;
      case bytes_of(TextField::default_pattern):
        pattern = view(reader);
        break;
      case bytes_of(TextField::pieces):
        pieces.add(view(reader));
        break;
      default:
        reader.skip();
    }
  }
  for (std::size_t i = 0; i < pieces.count; ++i) {
    if (out.user.empty()) out.user = user_in_piece(pieces[i]);
    const std::string_view words =
        out.number.empty() ? field_of(pieces[i], TextPieceField::string_value) : std::string_view();
    if (is_number(words)) out.number = words;
  }
  std::string rendered;
  render(rendered, pattern, pieces, name);
  out.text = to_utf8(rendered);
  return out;
}

std::string_view display_key(std::string_view bytes) { return field_of(bytes, TextField::key); }

std::string_view display_user(std::string_view bytes) {
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    if (reader.tag_and_type() != bytes_of(TextField::pieces)) {
      reader.skip();
      continue;
    }
    const std::string_view user = user_in_piece(view(reader));
    if (!user.empty()) return user;
  }
  return {};
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  const auto same = [](char c, char lower) { return (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) == lower; };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

}  // namespace papi::live
