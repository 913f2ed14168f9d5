#include "platform/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <numeric>
#include <utility>

namespace papi {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Returns the length of the UTF-8 sequence at the start of `text`, or 0 if it is not valid (RFC 3629: no
/// overlong forms, no surrogates, nothing above U+10FFFF).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if ((first & 0xF0) == 0xE0) {
    if (!continues(1) || !continues(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) > 0x9F) return 0;
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The code point and the length of a hidden character at the start of `text`. `bytes` is 0 if it is not
/// hidden.
struct Hidden {
  unsigned number = 0;
  std::size_t bytes = 0;
};
Hidden hidden_at(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(0);
  if (first < 0x20 || first == 0x7F) return {first, 1};
  if (first == 0xC2 && byte(1) >= 0x80 && byte(1) <= 0x9F) return {byte(1), 2};
  if (first == 0xD8 && byte(1) == 0x9C) return {0x061C, 2};
  if (first != 0xE2 || byte(1) < 0x80 || byte(1) > 0x81) return {};
  const unsigned number = 0x2000 + (byte(1) & 0x3Fu) * 0x40 + (byte(2) & 0x3Fu);
  const bool turns = number == 0x200E || number == 0x200F || (number >= 0x2028 && number <= 0x202E) ||
                     (number >= 0x2066 && number <= 0x2069);
  return turns ? Hidden{number, 3} : Hidden{};
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

constexpr char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string to_lower_ascii(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::optional<std::int64_t> parse_int(std::string_view text) { return parse_number<std::int64_t>(text); }
std::optional<std::uint64_t> parse_uint(std::string_view text) { return parse_number<std::uint64_t>(text); }

bool is_plain(std::string_view text) {
  // Looks at eight bytes at once. `zeros` sets the highest bit of a byte that is zero; a borrow may set it in
  // the byte above too, which does not change the answer.
  constexpr std::uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
  const auto zeros = [](std::uint64_t word) { return (word - ones) & ~word; };
  const auto marks = [&](std::uint64_t word) {
    const std::uint64_t controls = (word - ones * 0x20) & ~word;
    return (word | controls | zeros(word ^ ones * '"') | zeros(word ^ ones * '\\') |
            zeros(word ^ ones * 0x7F)) &
           high;
  };
  std::uint64_t word = 0;
  for (; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
    std::memcpy(&word, text.data(), sizeof word);
    if (marks(word) != 0) return false;
  }
  word = ones * ' ';
  if (!text.empty()) std::memcpy(&word, text.data(), text.size());  // an empty text may be at no address
  return marks(word) == 0;
}

bool is_utf8(std::string_view text) {
  for (;;) {
    for (std::uint64_t eight = 0; text.size() >= sizeof eight; text.remove_prefix(sizeof eight)) {
      std::memcpy(&eight, text.data(), sizeof eight);
      if ((eight & 0x8080808080808080u) != 0) break;
    }
    if (text.empty()) return true;
    const std::size_t n = sequence_length(text);
    if (n == 0) return false;
    text.remove_prefix(n);
  }
}

std::string to_utf8(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string out;
  out.reserve(text.size() + 8);
  while (!text.empty()) {
    const std::size_t n = sequence_length(text);
    if (n == 0) {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    } else {
      out += text.substr(0, n);
      text.remove_prefix(n);
    }
  }
  return out;
}

bool has_hidden(std::string_view utf8) {
  if (is_plain(utf8)) return false;
  for (; !utf8.empty(); utf8.remove_prefix(1)) {
    if (hidden_at(utf8).bytes > 0) return true;
  }
  return false;
}

std::size_t append_hidden(std::string& out, std::string_view utf8) {
  const Hidden hidden = hidden_at(utf8);
  if (hidden.bytes == 0) return 0;
  constexpr char digits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[hidden.number >> shift & 15];
  return hidden.bytes;
}

std::string visible(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  while (!utf8.empty()) {
    const bool layout = utf8.front() == '\n' || utf8.front() == '\t';
    const std::size_t bytes = layout ? 0 : append_hidden(out, utf8);
    if (bytes == 0) out += utf8.front();
    utf8.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return out;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const bool unreserved = (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' ||
                            c == '.' || c == '_' || c == '~';
    const auto byte = static_cast<unsigned char>(c);
    if (unreserved) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

/// The two base64 digits of each group of twelve bits. Large payloads are written as base64, so this is a hot
/// path.
constexpr std::array<char, 2 * 4096> base64_pairs = [] {
  std::array<char, 2 * 4096> pairs{};
  for (std::size_t i = 0; i < 4096; ++i) {
    pairs[2 * i] = base64_digits[i >> 6];
    pairs[2 * i + 1] = base64_digits[i & 63];
  }
  return pairs;
}();

void append_base64(std::string& out, std::string_view bytes) {
  const std::size_t had = out.size();
  out.resize(had + (bytes.size() + 2) / 3 * 4);
  char* to = out.data() + had;
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto put_pair = [&to](std::uint32_t twelve_bits) {
    std::memcpy(to, &base64_pairs[2 * twelve_bits], 2);
    to += 2;
  };
  std::size_t left = bytes.size();
  for (; left >= 3; left -= 3, from += 3) {
    put_pair(static_cast<std::uint32_t>(from[0]) << 4 | from[1] >> 4);
    put_pair((from[1] & 15u) << 8 | from[2]);
  }
  if (left == 0) return;
  put_pair(static_cast<std::uint32_t>(from[0]) << 4 | (left == 2 ? from[1] >> 4 : 0u));
  to[0] = left == 2 ? base64_digits[(from[1] & 15u) << 2] : '=';
  to[1] = '=';
}

std::string base64(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

std::string base64url(std::string_view bytes) {
  std::string out = base64(bytes);
  while (out.ends_with('=')) out.pop_back();
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  static const auto values = [] {
    std::array<int, 256> table{};
    table.fill(-1);
    for (int i = 0; i < 64; ++i) table[static_cast<unsigned char>(base64_digits[i])] = i;
    return table;
  }();
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t group = 0;
  int bits = 0;
  for (char c : text) {
    const int value = values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    group = (group << 6 | static_cast<std::uint32_t>(value)) & 0xFFFFFFu;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(group >> bits & 0xFF);
    }
  }
  return out;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace papi
