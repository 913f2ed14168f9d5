#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "platform/base/error.hpp"

namespace papi {

/// What a server speaks TLS with: the certificate chain (leaf first) and its private key, both PEM. TLS 1.2
/// and 1.3 only, forward-secret AEAD ciphers only (RFC 9325 §4.2), no compression, no renegotiation.
/// Blocking: reads both files. The Error's message is for the operator and names the file.
Result<std::shared_ptr<boost::asio::ssl::context>> load_server_tls(const std::string& certificate_file,
                                                                   const std::string& key_file);

}  // namespace papi
