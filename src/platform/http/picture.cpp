#include "platform/http/picture.hpp"

#include "platform/base/text.hpp"

namespace papi::http {

bool etag_matches(std::string_view if_none_match, std::string_view tag) {
  for (std::string_view part : split(if_none_match, ',')) {
    part = trim(part);
    if (part.starts_with("W/")) part.remove_prefix(2);
    if (part == "*" || part == tag) return true;
  }
  return false;
}

Response picture_response(const Request& request, const Picture& picture, std::string cache_control) {
  const std::string tag = '"' + picture.tag + '"';
  Response response;
  response.content_type = picture.content_type;
  response.headers.emplace_back("ETag", tag);
  response.headers.emplace_back("Cache-Control", std::move(cache_control));
  if (etag_matches(request.header_list("if-none-match"), tag)) {
    response.status = 304;
  } else {
    response.shared_body = picture.bytes;
  }
  return response;
}

}  // namespace papi::http
