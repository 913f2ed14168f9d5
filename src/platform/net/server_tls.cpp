#include "platform/net/server_tls.hpp"

#include <openssl/ssl.h>
#include <time.h>

namespace papi {
namespace {

constexpr const char* tls12_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* groups = "X25519:P-256:P-384";

// http/1.1 is the only application protocol (RFC 7301). A client that offers only others gets the alert
// no_application_protocol. A client that offers none speaks HTTP/1.1.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
  static const unsigned char http11[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int found =
      SSL_select_next_proto(&chosen, out_length, http11, sizeof http11 - 1, offered, offered_length);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Error fault(const std::string& file, const std::string& what) {
  return Error(ErrorCode::internal, "'" + file + "' " + what);
}

}  // namespace

Result<std::shared_ptr<boost::asio::ssl::context>> load_server_tls(const std::string& certificate_file,
                                                                   const std::string& key_file) {
  using boost::asio::ssl::context;
  auto tls = std::make_shared<context>(context::tls_server);
  SSL_CTX* const native = tls->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  if (SSL_CTX_set_cipher_list(native, tls12_ciphers) != 1 || SSL_CTX_set1_groups_list(native, groups) != 1)
    return Error(ErrorCode::internal, "this OpenSSL has none of the TLS ciphers that are allowed");
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  boost::system::error_code ec;
  tls->use_certificate_chain_file(certificate_file, ec);
  if (ec) return fault(certificate_file, "holds no certificate chain in PEM that can be used");
  tls->use_private_key_file(key_file, context::pem, ec);
  // OpenSSL compares the key with the certificate while it loads the key.
  if (ec) return fault(key_file, "holds no unencrypted private key in PEM that belongs to the certificate");
  return tls;
}

std::optional<UnixMs> certificate_end(boost::asio::ssl::context& tls) {
  const X509* const certificate = SSL_CTX_get0_certificate(tls.native_handle());
  tm end{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return std::nullopt;
  return UnixMs{timegm(&end)} * 1'000;
}

}  // namespace papi
