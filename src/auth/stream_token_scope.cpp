#include "auth/stream_token_scope.hpp"

#include "platform/base/text.hpp"

namespace papi::auth {

std::shared_ptr<const http::CredentialScope> scope_of(const StreamToken& token, EventTypeBit event_type_bit) {
  auto scope = std::make_shared<http::CredentialScope>();
  scope->id = token.id;
  scope->sessions = token.sessions;
  if (!token.types.empty()) scope->types = 0;
  for (const std::string& type : token.types) scope->types |= event_type_bit(type).value_or(0);
  if (!token.origins.empty()) {
    auto origins = http::AllowedOrigins::parse(joined(token.origins));
    scope->origins = origins ? std::move(*origins) : http::AllowedOrigins();
  }
  return scope;
}

std::optional<std::string> token_origin_fault(std::string_view origin) {
  constexpr std::size_t longest = 300;
  const bool one = origin.size() <= longest && origin.find_first_of(",*") == std::string_view::npos;
  if (one && !trim(origin).empty() && http::AllowedOrigins::parse(origin)) return std::nullopt;
  return "must be an origin such as https://example.org or http://localhost:3001, or null, or file://";
}

}  // namespace papi::auth
