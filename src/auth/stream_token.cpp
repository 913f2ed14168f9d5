#include "auth/stream_token.hpp"

#include <algorithm>

#include "platform/base/random.hpp"
#include "platform/base/sha256.hpp"
#include "platform/base/text.hpp"

namespace papi::auth {

MadeStreamToken fresh_stream_token(std::string user_id, const NewStreamToken& wanted, UnixMs now) {
  constexpr std::size_t random_bytes = 32, shown = 8;
  MadeStreamToken made;
  made.secret = Secret(std::string(stream_token_prefix) + random_base64url(random_bytes));
  made.token.id = "t_" + random_base64url(12);
  made.token.user_id = std::move(user_id);
  made.token.name = wanted.name;
  made.token.hash = sha256_hex(made.secret.reveal());
  made.token.preview = made.secret.reveal().substr(0, shown);
  made.token.sessions = wanted.sessions;
  made.token.types = wanted.types;
  made.token.origins = wanted.origins;
  made.token.created_at = now;
  made.token.expires_at = now + std::chrono::milliseconds(wanted.lifetime).count();
  return made;
}

std::optional<std::string> token_session_fault(std::string_view id) {
  constexpr std::size_t longest = 128;
  const auto is_good = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == ':' || c == '-';
  };
  if (!id.empty() && id.size() <= longest && std::all_of(id.begin(), id.end(), is_good)) return std::nullopt;
  return "1 to 128 letters, digits, '.', '_', ':' and '-'";
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) (all += all.empty() ? "" : ",") += text;
  return all;
}

std::vector<std::string> separated(std::string_view text) {
  std::vector<std::string> all;
  if (text.empty()) return all;
  for (const std::string_view one : split(text, ',')) all.emplace_back(one);
  return all;
}

}  // namespace papi::auth
