#pragma once

// Writes JSON straight into a string. The hot paths (events, answers, lines of the application log) build no
// document. To read JSON, and for small answers off the hot path, use Boost.JSON.

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/base/text.hpp"

namespace papi {

/// Appends `text` as a JSON string with its quotes (RFC 8259 §7). Each byte that is not part of valid UTF-8
/// becomes U+FFFD, so the result is always valid JSON.
void append_json_string(std::string& out, std::string_view text);

/// As append_json_string(), for text that people read on a terminal: hidden characters (see has_hidden()) are
/// escaped too.
void append_log_string(std::string& out, std::string_view text);

template <std::integral Number>
void append_number(std::string& out, Number value) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end);
}

/// Appends the members of one object in the order of the calls. The writer places the commas. The caller
/// opens and closes objects and arrays; nothing checks that they match.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void open() {
    separate();
    out_ += '{';
    first_ = true;
  }
  void open(std::string_view key) {
    name(key);
    out_ += '{';
    first_ = true;
  }
  void close() {
    out_ += '}';
    first_ = false;
  }
  void open_array(std::string_view key) {
    name(key);
    out_ += '[';
    first_ = true;
  }
  void close_array() {
    out_ += ']';
    first_ = false;
  }

  void field(std::string_view key, std::string_view value) {
    name(key);
    append_json_string(out_, value);
  }
  void field(std::string_view key, const char* value) { field(key, std::string_view(value)); }
  void field(std::string_view key, bool value) {
    name(key);
    out_ += value ? "true" : "false";
  }
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  void field(std::string_view key, Number value) {
    name(key);
    append_number(out_, value);
  }
  /// Writes a 64-bit id as a string, because JSON numbers lose digits above 2^53.
  template <std::integral Number>
  void id_field(std::string_view key, Number value) {
    name(key);
    out_ += '"';
    append_number(out_, value);
    out_ += '"';
  }
  /// `value` must be JSON already.
  void raw_field(std::string_view key, std::string_view value) {
    name(key);
    out_ += value;
  }
  void base64_field(std::string_view key, std::string_view bytes) {
    name(key);
    out_ += '"';
    append_base64(out_, bytes);
    out_ += '"';
  }
  /// Writes an array of strings.
  template <class Texts>
  void texts_field(std::string_view key, const Texts& texts) {
    open_array(key);
    for (const std::string_view text : texts) element(text);
    close_array();
  }
  void element(std::string_view value) {
    separate();
    append_json_string(out_, value);
    first_ = false;
  }

 private:
  void separate() {
    if (!first_) out_ += ',';
  }
  void name(std::string_view key) {
    separate();
    first_ = false;
    out_ += '"';
    out_ += key;
    out_ += "\":";  // the keys of this program need no escaping
  }

  std::string& out_;
  bool first_ = true;
};

}  // namespace papi
