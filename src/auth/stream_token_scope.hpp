#pragma once

// Stream tokens as HTTP sees them.

#include "auth/authenticate.hpp"
#include "auth/stream_token.hpp"

namespace papi::auth {

/// Returns what requests with the token are limited to. An event type that this version does not know has no
/// bit, so a token that names only such types reads no event.
std::shared_ptr<const http::CredentialScope> scope_of(const StreamToken& token, EventTypeBit event_type_bit);

/// A token is bound to single origins: `scheme://host[:port]`, `null` or `file://`. Returns what is wrong
/// with one, or nullopt.
std::optional<std::string> token_origin_fault(std::string_view origin);

}  // namespace papi::auth
