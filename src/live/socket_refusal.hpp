#pragma once

#include <string_view>

#include "platform/log/logger.hpp"
#include "platform/websocket/client.hpp"

namespace papi::live {

/// Returns the Error for callers after a socket was refused. If the refusal has a text, the Error is
/// `blocked`, because another try with the same address is useless. Otherwise it is `error`. The Error never
/// contains the text, because the other side wrote it.
Error refusal_error(const Error& error, const websocket::Client::Refusal& refusal);

/// Writes the refusal's text to the application log, cut to a bounded length.
void log_refusal(Logger& log, std::string_view room, const websocket::Client::Refusal& refusal);
/// Writes to the application log that a socket's address was not used. The address is cut: its query may
/// contain a secret of the sign server.
void log_refused_address(Logger& log, std::string_view room, std::string_view address, const Error& reason);

}  // namespace papi::live
