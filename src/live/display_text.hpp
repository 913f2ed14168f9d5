#pragma once

#include <string>
#include <string_view>

namespace papi::live {

/// A rendered Text of TikTok (docs/webcast-protocol.md §4.2, §5.5).
struct DisplayText {
  std::string key;
  std::string text;       // the pattern with its pieces filled in; a missing piece is empty
  std::string_view user;  // the bytes of the first User among the pieces
  std::string number;     // the first piece that is all digits
};

/// Renders the Text in `bytes`. DisplayText::user points into `bytes`. If the message has no pieces, `name`
/// replaces piece 0.
DisplayText read_display_text(std::string_view bytes, std::string_view name = {});

/// Returns the key of the Text, without a copy: the view points into `bytes`.
std::string_view display_key(std::string_view bytes);
/// Returns the bytes of the first User among the pieces. The view points into `bytes`.
std::string_view display_user(std::string_view bytes);

/// Returns whether `text` contains `part`. ASCII case is ignored. `part` must be in lower case.
bool contains_ignoring_case(std::string_view text, std::string_view part);

}  // namespace papi::live
