#pragma once

#include <string>
#include <string_view>

namespace papi::live {

/// A Text of the platform (Webcast protocol §4.2, §5.5), rendered.
struct DisplayText {
  std::string key;
  std::string text;       // the pattern with its pieces; a piece that is missing is empty
  std::string_view user;  // the bytes of the first User among the pieces
  std::string number;     // the first piece that consists of digits
};

/// The view in the result points into `bytes`. `name` stands in for piece 0 if the message has no pieces.
DisplayText read_display_text(std::string_view bytes, std::string_view name = {});

/// The key alone, without a copy.
std::string_view display_key(std::string_view bytes);
/// The first User among the pieces, as bytes.
std::string_view display_user(std::string_view bytes);

/// Whether `text` has `part`, in any ASCII case. `part` is in lower case.
bool contains_ignoring_case(std::string_view text, std::string_view part);

}  // namespace papi::live
