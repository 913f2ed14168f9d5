#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "platform/http/message.hpp"

namespace papi::http {

/// A picture for an answer. Its bytes are shared with a cache. `content_type` must be a literal.
struct Picture {
  std::string_view content_type;
  std::shared_ptr<const std::string> bytes;
  std::string tag;  // the entity tag without quotes; another picture has another one
};

/// Returns true if an If-None-Match header names the entity tag (RFC 9110 §13.1.2). It compares weakly and
/// accepts a list or `*`. `tag` has its quotes.
bool etag_matches(std::string_view if_none_match, std::string_view tag);

/// Returns the picture with its ETag and `cache_control`, or 304 without the picture if the caller has it
/// already.
Response picture_response(const Request& request, const Picture& picture, std::string cache_control);

}  // namespace papi::http
