#pragma once

#include <span>

#include "platform/http/exchange.hpp"
#include "web/assets.hpp"

namespace papi::tester {

/// The form in which a file is sent.
enum class Encoding : std::uint8_t { plain, gzip, brotli };

/// Returns the best form that the list of Accept-Encoding allows (RFC 9110 §12.5.3).
Encoding choose_encoding(const web::Asset& asset, std::string_view accept_encoding);

/// Returns true if a list of entity tags (If-None-Match) has `tag`, or is `*`. Weak tags match too.
bool lists_tag(std::string_view list, std::string_view tag);

/// Returns the file that answers a path, or nullptr. Views of the page have no files of their own: they are
/// index.html, and everything below /overlay/ is overlay.html.
const web::Asset* file_for(std::span<const web::Asset> all, std::string_view path);

/// Answers GET and HEAD with a file. `all` must outlive the answer.
Result<http::Response> answer_with_file(std::span<const web::Asset> all, http::Exchange& exchange);

}  // namespace papi::tester
