#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace papi {

/// `text` for a search that does not mind case, width or spelling: NFKC_Casefold (Unicode 15, by ICU). What
/// is never seen, as a soft hyphen, is left out.
std::string fold_for_search(std::string_view text);

/// `text` as a password is compared (RFC 8265 §4.2, OpaqueString): every space is U+0020, the rest is NFC.
/// Nothing where it is empty, not UTF-8, or holds what a password may not: controls and other characters that
/// are not seen or not assigned (RFC 8264 §4.3, FreeformClass). ASCII stays as it is.
std::optional<std::string> opaque_string(std::string_view text);

}  // namespace papi
