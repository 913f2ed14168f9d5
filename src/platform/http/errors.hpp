#pragma once

#include "platform/base/error.hpp"
#include "platform/http/exchange.hpp"

namespace papi::http {

struct HttpMapping {
  ErrorCode code;
  unsigned status;
  std::string_view name;
  std::string_view reason;  // details.reason, for the codes that share CONNECTION_ERROR
};

const HttpMapping& mapping_of(ErrorCode code);

/// The one place where an Error becomes an answer: the contract's shape, which is also an RFC 9457 problem.
Response to_response(const Error& error, const Exchange& exchange, std::int64_t now_ms);

}  // namespace papi::http
