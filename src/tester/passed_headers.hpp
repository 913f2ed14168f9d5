#pragma once

// Which headers go through, as functions of requests and answers (RFC 9110 §7.6.1).

#include <string>

#include "platform/http/exchange.hpp"
#include "platform/http/response_parser.hpp"
#include "tester/upstream_target.hpp"

namespace papi::tester {

/// Returns the target for the service: the path without `/api`, and the query as it was sent. Returns an
/// empty text if the path is not passed on.
std::string passed_target(const http::Request& request);

/// Returns the header of the request to the service, with its last empty line. Left out are the headers of
/// one connection, and what the caller says about where it comes from. `upgrade`: the connection is to become
/// a WebSocket; else it is to be closed after the answer. Where a caller that is not on this machine comes
/// from is added: X-Forwarded-For, -Proto, -Host. If a proxy that is not trusted passed the request on, it is
/// `unknown`.
std::string passed_request(const http::Exchange& exchange, const UpstreamTarget& to, std::string_view target,
                           bool upgrade);

/// Returns the beginning of the service's answer, without the headers of one connection.
http::PassedHead passed_head(const http::ResponseParser& answer);

}  // namespace papi::tester
