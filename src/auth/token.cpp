#include "auth/token.hpp"

#include <jwt.h>

#include <algorithm>

#include <boost/json/parse.hpp>
#include <cstdlib>
#include <stdexcept>

#include "platform/base/handle.hpp"
#include "platform/base/text.hpp"

namespace papi::auth {
namespace {

using Jwt = Handle<jwt_t, jwt_free>;
constexpr std::size_t max_token = 4096;

const unsigned char* bytes_of(const Secret& key) {
  return reinterpret_cast<const unsigned char*>(key.reveal().data());
}
int size_of(const Secret& key) { return static_cast<int>(key.reveal().size()); }

std::string_view name_of(TokenType type) { return type == TokenType::access ? "access" : "refresh"; }

Error refused(std::string_view why) { return Error(ErrorCode::authentication_failed, std::string(why)); }

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.';
}

/// Strict base64url without padding (RFC 7515 §2). Returns nullopt for anything else.
std::optional<std::string> base64url_decode(std::string_view text) {
  std::string padded(text);
  for (char& c : padded) {
    if (c == '+' || c == '/' || c == '=') return std::nullopt;
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  while (padded.size() % 4 != 0) padded += '=';
  return base64_decode(padded);
}

/// The header must contain only what sign() writes. A `kid`, `jku`, `x5u` or `crit` is never followed.
std::optional<std::string_view> header_fault(std::string_view token, std::string_view algorithm) {
  const auto dot = token.find('.');
  const auto text = dot == std::string_view::npos ? std::nullopt : base64url_decode(token.substr(0, dot));
  if (!text) return "malformed";
  boost::system::error_code ec;
  const json::value value = json::parse(*text, ec);
  const json::object* header = value.if_object();
  if (ec || !header) return "malformed";
  const json::value* alg = header->if_contains("alg");
  if (!alg || !alg->is_string() || std::string_view(alg->as_string()) != algorithm) return "wrong algorithm";
  for (const auto& member : *header) {
    if (member.key() != "alg" && member.key() != "typ") return "unknown header field";
  }
  return std::nullopt;
}

std::string grant(jwt_t* jwt, const char* name) {
  const char* text = jwt_get_grant(jwt, name);
  return text ? text : "";
}

TokenClaims claims_of(jwt_t* jwt, TokenType type) {
  TokenClaims claims;
  claims.subject = grant(jwt, "sub");
  claims.username = grant(jwt, "username");
  claims.role = grant(jwt, "role");
  claims.id = grant(jwt, "jti");
  claims.type = type;
  claims.issued_at = jwt_get_grant_int(jwt, "iat") * 1000;
  claims.expires_at = jwt_get_grant_int(jwt, "exp") * 1000;
  return claims;
}

}  // namespace

std::string TokenSigner::sign(const TokenClaims& claims) const {
  jwt_t* raw = nullptr;
  if (jwt_new(&raw) != 0) throw std::bad_alloc();
  const Jwt jwt(raw);
  const auto text = [&](const char* name, std::string_view value) {
    if (jwt_add_grant(raw, name, std::string(value).c_str()) != 0) throw std::bad_alloc();
  };
  text("sub", claims.subject);
  text("username", claims.username);
  text("role", claims.role);
  text("type", name_of(claims.type));
  text("jti", claims.id);
  jwt_add_grant_int(raw, "iat", claims.issued_at / 1000);
  jwt_add_grant_int(raw, "exp", claims.expires_at / 1000);
  const jwt_alg_t algorithm = keys_.rs256 ? JWT_ALG_RS256 : JWT_ALG_HS256;
  if (jwt_set_alg(raw, algorithm, bytes_of(keys_.signing), size_of(keys_.signing)) != 0)
    throw std::runtime_error("the token key cannot be used");
  char* encoded = jwt_encode_str(raw);
  if (!encoded) throw std::runtime_error("a token could not be signed");
  std::string token(encoded);
  std::free(encoded);
  return token;
}

Result<TokenClaims> TokenSigner::verify(const std::string& token, TokenType type, UnixMs now) const {
  // libjwt takes C strings. For it, a NUL would end the token early.
  const bool plain = std::all_of(token.begin(), token.end(), is_token_character);
  if (token.size() > max_token || !plain || std::count(token.begin(), token.end(), '.') != 2)
    return refused("malformed");
  if (const auto fault = header_fault(token, keys_.rs256 ? "RS256" : "HS256")) return refused(*fault);
  for (const Secret& key : keys_.verifying) {
    jwt_t* raw = nullptr;
    if (jwt_decode(&raw, token.c_str(), bytes_of(key), size_of(key)) != 0) continue;
    const Jwt jwt(raw);
    TokenClaims claims = claims_of(raw, type);
    if (grant(raw, "type") != name_of(type)) return refused("wrong type");
    if (claims.subject.empty() || claims.id.empty()) return refused("claims are missing");
    if (claims.expires_at <= now) return refused("expired");
    return claims;
  }
  return refused("wrong signature");
}

std::optional<std::string> TokenSigner::fault() const {
  TokenClaims claims;
  claims.subject = claims.id = "self-test";
  claims.expires_at = 1'000;
  try {
    const std::string token = sign(claims);
    if (verify(token, TokenType::access, 0)) return std::nullopt;
    return "the public key does not belong to the private key";
  } catch (const std::exception&) {
    return "the key cannot be used";
  }
}

}  // namespace papi::auth
