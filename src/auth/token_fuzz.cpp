#include <cstdint>
#include <cstdlib>

#include "auth/token.hpp"
#include "platform/base/fuzz_target.hpp"

/// No text is accepted as a token except the one that was signed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace papi::auth;
  static const TokenSigner signer = [] {
    TokenKeys keys;
    keys.signing = papi::Secret(std::string(32, 's'));
    keys.verifying.push_back(keys.signing);
    return TokenSigner(std::move(keys));
  }();
  static const std::string good = [] {
    TokenClaims claims;
    claims.subject = "u_1";
    claims.id = "family.1";
    claims.expires_at = 4'000'000'000'000;
    return signer.sign(claims);
  }();
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (signer.verify(text, TokenType::access, 1) && text != good) std::abort();
  // Replaces a part of a valid token by the text.
  for (std::size_t at = 0; size > 0 && at < good.size(); at += 37) {
    std::string forged = good;
    forged.replace(at, std::min(size, good.size() - at), text);
    if (forged != good && signer.verify(forged, TokenType::access, 1)) std::abort();
  }
  return 0;
}
