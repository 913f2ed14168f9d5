#include "auth/password.hpp"

#include <sodium.h>

#include <stdexcept>

#include "platform/base/text.hpp"
#include "platform/base/unicode.hpp"

namespace papi::auth {
namespace {

constexpr unsigned long long passes = crypto_pwhash_OPSLIMIT_INTERACTIVE;
constexpr std::size_t memory = crypto_pwhash_MEMLIMIT_INTERACTIVE;

void need_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be initialised");
}

std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (unsigned char c : text) count += (c & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

}  // namespace

std::optional<std::string> password_fault(const Secret& password, std::string_view username) {
  if (password.empty()) return "8 to 128 characters";
  const auto prepared = opaque_string(password.reveal());
  if (!prepared) return "must not contain control or invisible characters (RFC 8265)";
  const std::string& text = *prepared;
  const std::size_t length = characters(text);
  if (length < 8 || length > 128) return "8 to 128 characters";
  if (is_common_password(text)) return "is a common password; choose another one";
  if (!username.empty() && to_lower_ascii(text).find(to_lower_ascii(username)) != std::string::npos)
    return "must not hold the username";
  return std::nullopt;
}

std::string hash_password(const Secret& password) {
  need_sodium();
  const std::string text = opaque_string(password.reveal()).value_or(password.reveal());
  char out[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str(out, text.data(), text.size(), passes, memory) != 0) throw std::bad_alloc();
  return out;
}

bool password_matches(const std::string& hash, const Secret& password) {
  need_sodium();
  const auto matches = [&hash](const std::string& text) {
    return crypto_pwhash_str_verify(hash.c_str(), text.data(), text.size()) == 0;
  };
  const std::string& typed = password.reveal();
  const std::string prepared = opaque_string(typed).value_or(typed);
  // Older hashes were made before passwords were prepared (opaque_string()). They belong to the password as
  // typed.
  return matches(prepared) || (prepared != typed && matches(typed));
}

const std::string& nobodys_hash() {
  static const std::string hash =
      "$argon2id$v=19$m=65536,t=2,p=1$aVXSG6hUaWvXlO4UfVit7w$eMdcWI28QDgzXKJHwq1768MkBlC6RoNQ50vCdmIEaHk";
  return hash;
}

}  // namespace papi::auth
