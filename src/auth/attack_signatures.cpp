#include "auth/attack_signatures.hpp"

#include <algorithm>
#include <array>

#include "platform/base/text.hpp"

namespace papi::auth {
namespace {

constexpr std::size_t max_looked_at = 8 * 1024;

constexpr std::string_view path_traversal = "path traversal";
constexpr std::string_view script_injection = "script injection";
constexpr std::string_view sql_injection = "SQL injection";
constexpr std::string_view code_injection = "code injection";

struct Pattern {
  std::string_view text;  // lower case, single spaces
  std::string_view kind;
};

constexpr Pattern patterns[] = {
    {"../", path_traversal},
    {"..\\", path_traversal},
    {"..;/", path_traversal},
    {"/etc/passwd", path_traversal},
    {"/etc/shadow", path_traversal},
    {"/proc/self/", path_traversal},
    {"\\windows\\", path_traversal},
    {"/.git/", path_traversal},
    {"/.env", path_traversal},
    {"<script", script_injection},
    {"</script", script_injection},
    {"<iframe", script_injection},
    {"<svg", script_injection},
    {"<object", script_injection},
    {"<embed", script_injection},
    {"javascript:", script_injection},
    {"vbscript:", script_injection},
    {"document.cookie", script_injection},
    {" onerror=", script_injection},
    {" onload=", script_injection},
    {" onmouseover=", script_injection},
    {" onfocus=", script_injection},
    {"union select ", sql_injection},
    {"union all select ", sql_injection},
    {"union distinct select ", sql_injection},
    {";drop table", sql_injection},
    {"; drop table", sql_injection},
    {";delete from", sql_injection},
    {"; delete from", sql_injection},
    {";insert into", sql_injection},
    {"; insert into", sql_injection},
    {";update ", sql_injection},
    {";select ", sql_injection},
    {"; select ", sql_injection},
    {"information_schema", sql_injection},
    {"sqlite_master", sql_injection},
    {"pg_sleep(", sql_injection},
    {"sleep(", sql_injection},
    {"benchmark(", sql_injection},
    {"waitfor delay", sql_injection},
    {"xp_cmdshell", sql_injection},
    {"extractvalue(", sql_injection},
    {"load_file(", sql_injection},
    {"into outfile", sql_injection},
    {"randomblob(", sql_injection},
    {"${jndi:", code_injection},
    {"<?php", code_injection},
    {"$(curl", code_injection},
    {"() { :", code_injection},
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'; }

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// Decodes percent-encoding and '+'. Leaves invalid escapes unchanged, as vulnerable servers do.
std::string decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? digit_of(text[i + 1]) : -1;
    const int low = high >= 0 ? digit_of(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

/// Normalises a text: lower case; white space and SQL comments become one space; overlong encodings of dots
/// and slashes become what they stand for.
std::string plain(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const auto space = [&out] {
    if (!out.empty() && out.back() != ' ') out += ' ';
  };
  std::size_t comment_end = 0;  // of the next comment; npos: no further comment ends
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    const bool opens = rest.starts_with("/*");
    if (opens && comment_end != std::string_view::npos && comment_end < i + 2)
      comment_end = text.find("*/", i + 2);
    if (opens && comment_end != std::string_view::npos) {
      i = comment_end + 1;
      space();
    } else if (rest.starts_with("\xC0\xAE") || rest.starts_with("\xE0\x80\xAE")) {
      out += '.';
      i += rest[0] == '\xC0' ? 1 : 2;
    } else if (rest.starts_with("\xC0\xAF") || rest.starts_with("\xE0\x80\xAF")) {
      out += '/';
      i += rest[0] == '\xC0' ? 1 : 2;
    } else if (is_space(text[i])) {
      space();
    } else {
      const char c = text[i];
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return out;
}

bool is_operand(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '_'; }

/// Whether or/and is followed by a comparison of two constants: `' or 1=1`, `" and "a"="a`, `1 or 1=1--`, `')
/// or ('x'='x`.
bool has_tautology(std::string_view text) {
  for (const std::string_view word : {" or ", " and ", "'or ", "'and ", "\"or ", ")or ", "'or'", "||"}) {
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
      std::array<std::string_view, 2> sides;
      std::size_t i = at + word.size();
      bool quoted = word.back() == '\'' || (at > 0 && (text[at - 1] == '\'' || text[at - 1] == '"')) ||
                    word.front() == '\'' || word.front() == '"';
      for (std::size_t side = 0; side < 2; ++side) {
        while (i < text.size() && std::string_view(" ('\"").find(text[i]) != std::string_view::npos) {
          quoted = quoted || text[i] == '\'' || text[i] == '"';
          ++i;
        }
        const std::size_t from = i;
        while (i < text.size() && is_operand(text[i])) ++i;
        sides[side] = text.substr(from, i - from);
        while (i < text.size() && std::string_view(" )'\"").find(text[i]) != std::string_view::npos) ++i;
        if (side == 0 && (i >= text.size() || (text[i] != '=' && text[i] != '<' && text[i] != '>'))) break;
        if (side == 0) ++i;
      }
      const bool numbers =
          !sides[0].empty() && !sides[1].empty() && parse_uint(sides[0]) && parse_uint(sides[1]);
      if (numbers || (quoted && !sides[0].empty() && sides[0] == sides[1])) return true;
    }
  }
  return false;
}

/// The set of characters in a text: one bit per letter, whatever its case, and one per sign that the patterns
/// use. If the text lacks a character of a pattern, it need not be searched for the pattern. That avoids
/// nearly all searches.
using Characters = std::uint64_t;
constexpr std::string_view signs = " ./\\<>'\";:()${}|=_-?*";
constexpr Characters encoded = Characters{1} << 60;  // '%' or '+': the text has another encoded layer
constexpr Characters zero_byte = Characters{1} << 61;

constexpr Characters character(char c) {
  if (c >= 'a' && c <= 'z') return Characters{1} << (c - 'a');
  if (c >= 'A' && c <= 'Z') return Characters{1} << (c - 'A');
  if (c == '%' || c == '+') return encoded;
  if (c == '\0') return zero_byte;
  if (c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f') return character(' ');
  // The first byte of an overlong dot or slash.
  if (c == '\xC0' || c == '\xE0') return character('.') | character('/');
  const auto at = signs.find(c);
  return at == std::string_view::npos ? 0 : Characters{1} << (26 + at);
}
static_assert(26 + signs.size() <= 60);

constexpr std::array<Characters, 256> table = [] {
  std::array<Characters, 256> bits{};
  for (int c = 0; c < 256; ++c) bits[static_cast<std::size_t>(c)] = character(static_cast<char>(c));
  return bits;
}();

constexpr Characters characters_of(std::string_view text) {
  Characters all = 0;
  for (const char c : text) all |= table[static_cast<unsigned char>(c)];
  // An SQL comment is normalised to a space.
  return (all & character('*')) != 0 && (all & character('/')) != 0 ? all | character(' ') : all;
}

constexpr auto needed = [] {
  std::array<Characters, std::size(patterns)> bits{};
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = characters_of(patterns[i].text);
  return bits;
}();

bool has_all(Characters text, Characters wanted) { return (wanted & ~text) == 0; }

/// Whether find_pattern() can find anything in a text with these characters.
bool is_worth_a_look(Characters text) {
  const Characters compares = character('=') | character('<') | character('>');
  if ((text & compares) != 0 || (text & zero_byte) != 0) return true;
  if (has_all(text, character('\'') | character('-'))) return true;
  return std::any_of(needed.begin(), needed.end(), [&](Characters wanted) { return has_all(text, wanted); });
}

std::optional<std::string_view> find_pattern(std::string_view text) {
  const Characters present = characters_of(text);
  for (std::size_t i = 0; i < std::size(patterns); ++i) {
    if (has_all(present, needed[i]) && text.find(patterns[i].text) != std::string_view::npos)
      return patterns[i].kind;
  }
  if (text == ".." || text.ends_with("/..")) return path_traversal;
  if (text.find('\0') != std::string_view::npos) return path_traversal;
  if (has_tautology(text)) return sql_injection;
  if (text.find("';--") != std::string_view::npos || text.find("'--") != std::string_view::npos ||
      text.find("' --") != std::string_view::npos)
    return sql_injection;
  return std::nullopt;
}

bool is_credential(std::string_view header) {
  for (const std::string_view name : {"authorization", "x-api-key", "cookie", "sec-websocket-key"}) {
    if (equals_ignoring_case(header, name)) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string_view> attack_signature_in(std::string_view text) {
  text = text.substr(0, max_looked_at);
  std::string layer;
  for (int depth = 0;; ++depth) {
    const Characters present = characters_of(text);
    const bool dots = (present & character('.')) != 0 && text.find("..") != std::string_view::npos;
    if (dots || is_worth_a_look(present)) {
      if (const auto found = find_pattern(plain(text))) return found;
    }
    if (depth == 3 || (present & encoded) == 0) return std::nullopt;
    std::string next = decoded(text);
    if (next == text) return std::nullopt;
    layer = std::move(next);
    text = layer;
  }
}

std::optional<std::string_view> attack_signature_in(const http::Request& request) {
  std::size_t left = max_looked_at;  // of the whole request
  const auto look = [&left](std::string_view text) {
    text = text.substr(0, left);
    left -= text.size();
    return attack_signature_in(text);
  };
  if (const auto found = look(request.path)) return found;
  if (const auto found = look(request.query)) return found;
  for (const http::Header& header : request.headers) {
    if (is_credential(header.name)) continue;
    if (const auto found = look(header.value)) return found;
  }
  return std::nullopt;
}

}  // namespace papi::auth
