#pragma once

// Stream tokens and sign-in codes as plain values.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/secret.hpp"

namespace papi::auth {

/// How many sessions, event types and origins a stream token names at most, and how long it lives.
inline constexpr std::size_t max_token_sessions = 20, max_token_types = 64, max_token_origins = 20;
inline constexpr std::chrono::seconds shortest_token{60}, longest_token = std::chrono::days(30);

/// A credential for a page or an overlay. It reads the sessions that it names, and nothing else. It never
/// reads more than the user, and the key, that made it.
struct StreamToken {
  std::string id;
  std::string user_id;
  std::string name;
  std::string hash;                   // SHA-256 in hexadecimal; the token itself is shown once and not stored
  std::string preview;                // the first 8 characters of the token
  std::string maker_id;               // the key that made it, and with which it ends; or empty
  std::vector<std::string> sessions;  // ids
  std::vector<std::string> types;     // names of event types; empty: all
  std::vector<std::string> origins;   // of the pages that may use it; empty: it is bound to none
  UnixMs created_at = 0;
  UnixMs expires_at = 0;
  UnixMs last_used = 0;
};

struct MadeStreamToken {
  StreamToken token;
  Secret secret;
};

/// What a new stream token shall read.
struct NewStreamToken {
  std::string name;
  std::vector<std::string> sessions;
  std::vector<std::string> types;
  std::vector<std::string> origins;
  std::chrono::seconds lifetime = longest_token;
};

constexpr std::string_view stream_token_prefix = "st_";

/// Makes a token of `st_` and 32 random bytes in base64url. It is not stored yet.
MadeStreamToken fresh_stream_token(std::string user_id, const NewStreamToken& wanted, UnixMs now);

/// Returns what is wrong with the id of a session, or nullopt.
std::optional<std::string> token_session_fault(std::string_view id);

/// Texts without commas in one text, as the stores keep them.
std::string joined(const std::vector<std::string>& texts);
std::vector<std::string> separated(std::string_view text);

}  // namespace papi::auth
