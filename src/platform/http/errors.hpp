#pragma once

#include "platform/base/clock.hpp"
#include "platform/http/error_table.hpp"
#include "platform/http/exchange.hpp"

namespace papi::http {

/// The one place where an Error becomes an answer: the shape of docs/api.md ("Errors"), which is also an
/// RFC 9457 problem.
Response to_response(const ErrorTable& table, const Error& error, const Exchange& exchange, UnixMs now);

}  // namespace papi::http
