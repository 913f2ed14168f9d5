#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"

namespace papi {

/// Loads what a server needs for TLS: the certificate chain (leaf first) and its private key, both in PEM.
/// Only TLS 1.2 and 1.3 with forward-secret AEAD ciphers are allowed (RFC 9325 §4.2), without compression and
/// renegotiation. The only application protocol is http/1.1 (RFC 7301). Blocks while it reads both files. If
/// a file cannot be used, the error message names it; it is written for the operator.
Result<std::shared_ptr<boost::asio::ssl::context>> load_server_tls(const std::string& certificate_file,
                                                                   const std::string& key_file);

/// Returns when the certificate of a server ends, or nullopt if it has none.
std::optional<UnixMs> certificate_end(boost::asio::ssl::context& tls);

}  // namespace papi
