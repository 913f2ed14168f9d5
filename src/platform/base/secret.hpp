#pragma once

#include <string>
#include <string_view>

namespace papi {

/// A key, token or cookie. No conversion leads to a log, a message or JSON: reveal() is the only way out, and
/// a text search finds it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  bool empty() const { return text_.empty(); }
  const std::string& reveal() const { return text_; }

 private:
  std::string text_;
};

/// Compares two texts in a time that depends on their lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace papi
