#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace papi {

/// Returns `text` in a form for searches that ignore case, width and spelling: NFKC_Casefold (Unicode 15, by
/// ICU). Characters that are never seen, such as the soft hyphen, are left out.
std::string fold_for_search(std::string_view text);

/// Returns a password in the form in which it is compared (RFC 8265 §4.2, OpaqueString): every space is
/// U+0020, the rest is NFC. ASCII does not change. Returns nullopt if `text` is empty, is not UTF-8, or holds
/// a character that a password may not have: a control, or a character that is not seen or not assigned
/// (RFC 8264 §4.3, FreeformClass).
std::optional<std::string> opaque_string(std::string_view text);

}  // namespace papi
