#pragma once

#include <string>
#include <string_view>

#include "platform/base/error.hpp"

namespace papi::profiles {

/// A TikTok name: 2 to 24 of [A-Za-z0-9_.-], in lower case, as names are compared without regard to case.
class Username {
 public:
  /// A leading '@' is dropped. The Error names the field `username`.
  static Result<Username> parse(std::string_view text);
  const std::string& text() const { return text_; }
  auto operator<=>(const Username&) const = default;

 private:
  explicit Username(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace papi::profiles
