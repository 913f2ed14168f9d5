#include "platform/base/json_writer.hpp"

#include "platform/base/text.hpp"

namespace papi {
namespace {

/// `for_eyes`: also escapes what a terminal would interpret and a reader would not see.
template <bool for_eyes = false>
void append_escaped(std::string& out, std::string_view text) {
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if constexpr (for_eyes) {
      if (c == 0x7F || c == 0xC2 || c == 0xD8 || c == 0xE2) {  // each may begin a hidden character
        out.append(text, start, i - start);
        start = i;
        const std::size_t bytes = append_hidden(out, text.substr(i));
        if (bytes > 0) {
          start = i + bytes;
          i = start - 1;
        }
        continue;
      }
    }
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, start, i - start);
    start = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default: {
        constexpr char digits[] = "0123456789abcdef";
        out += "\\u00";
        out += digits[c >> 4];
        out += digits[c & 15];
      }
    }
  }
  out.append(text, start, text.size() - start);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  if (is_plain(text)) {
    out += text;
  } else if (is_utf8(text)) {
    append_escaped(out, text);
  } else {
    append_escaped(out, to_utf8(text));
  }
  out += '"';
}

void append_log_string(std::string& out, std::string_view text) {
  out += '"';
  if (is_plain(text)) {
    out += text;
  } else {
    append_escaped<true>(out, is_utf8(text) ? text : std::string_view(to_utf8(text)));
  }
  out += '"';
}

}  // namespace papi
