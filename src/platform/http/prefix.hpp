#pragma once

// The path under which a proxy shows this service: BASE_PATH and X-Forwarded-Prefix.

#include <optional>
#include <string>
#include <string_view>

#include "platform/http/message.hpp"

namespace papi::http {

/// A prefix as links begin with it: `/tiktok` for `/tiktok` and `/tiktok/`, empty for `/` and for nothing.
/// Returns nullopt if `text` is no path of plain segments (`A-Z a-z 0-9 . _ ~ -`, none of them `.` or `..`),
/// or is longer than 200 characters. So a prefix can make no link that leads to another host
/// (`//evil.example`).
std::optional<std::string_view> read_prefix(std::string_view text);

/// For a request whose proxies are settled. Takes `base_path`, a prefix of read_prefix(), off the path where
/// the path begins with it. Sets `request.prefix` to `base_path` unless a trusted proxy has named a prefix.
/// `base_path` must live as long as the request.
void take_base_path(std::string_view base_path, Request& request);

/// `path` of this service as a link that the caller can use. What is no path (`*`) stays as it is.
std::string link_to(const Request& request, std::string_view path);

}  // namespace papi::http
