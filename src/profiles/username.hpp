#pragma once

#include <string>
#include <string_view>

#include "platform/base/error.hpp"

namespace papi::profiles {

/// A TikTok username: 2 to 24 characters of [A-Za-z0-9_.-]. It is kept in lower case, because TikTok ignores
/// case.
class Username {
 public:
  /// Drops a leading '@'. If the name is not valid, the Error names the field `username`.
  static Result<Username> parse(std::string_view text);
  const std::string& text() const { return text_; }
  auto operator<=>(const Username&) const = default;

 private:
  explicit Username(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace papi::profiles
