#include "auth/rsa_key.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "platform/base/handle.hpp"

namespace papi::auth {
namespace {

using Bio = Handle<BIO, BIO_free_all>;
using Key = Handle<EVP_PKEY, EVP_PKEY_free>;
constexpr int least_bits = 2048;

/// Without this callback, OpenSSL would ask for a password on the terminal.
int no_password(char*, int, int, void*) { return -1; }

}  // namespace

std::optional<std::string> rsa_key_fault(const Secret& pem, bool private_half) {
  const std::string& text = pem.reveal();
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const Key key(private_half ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr)
                             : PEM_read_bio_PUBKEY(bio.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  const std::string half = private_half ? "private" : "public";
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA)
    return "holds no " + half + " RSA key in PEM without a password";
  const int bits = EVP_PKEY_get_bits(key.get());
  if (bits >= least_bits) return std::nullopt;
  return "the RSA key has " + std::to_string(bits) + " bits; RS256 needs 2048 or more: openssl genrsa 3072";
}

}  // namespace papi::auth
