#pragma once

#include <string_view>

#include "platform/postgres/fault.hpp"
#include "platform/postgres/url.hpp"

namespace papi::postgres {

/// Says why one attempt to connect failed and what an operator can do. `message` is libpq's, with
/// PQERRORS_VERBOSE: that is how it tells the SQLSTATE before a connection exists. Never holds the password.
DatabaseFault connect_fault(const Target& target, const Host& host, std::string_view message);

/// The SQLSTATE in such a message ("FATAL:  28P01: password …"); empty: none.
std::string_view sqlstate_in(std::string_view message);

}  // namespace papi::postgres
