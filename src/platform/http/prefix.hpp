#pragma once

// The path under which a proxy shows this service: BASE_PATH and X-Forwarded-Prefix.

#include <optional>
#include <string>
#include <string_view>

#include "platform/http/message.hpp"

namespace papi::http {

/// Returns a prefix in the form in which links begin with it: `/shop` for `/shop` and `/shop/`, an
/// empty view for `/` and for an empty text. Returns nullopt if `text` is longer than 200 characters or is
/// not a path of plain segments (`A-Z a-z 0-9 . _ ~ -`, but not `.` or `..`). So no prefix can make a link to
/// another host (`//evil.example`).
std::optional<std::string_view> read_prefix(std::string_view text);

/// Call after TrustedProxies::apply(). If the path begins with `base_path` (a prefix of read_prefix()),
/// removes it from the path. Sets `request.prefix` to `base_path` unless a trusted proxy has named a prefix.
/// `base_path` must live as long as the request.
void take_base_path(std::string_view base_path, Request& request);

/// Returns `path` of this service as a link that the caller can use. A text that is not a path (`*`) is
/// returned unchanged.
std::string link_to(const Request& request, std::string_view path);

}  // namespace papi::http
