#pragma once

#include <string_view>

#include "platform/log/logger.hpp"
#include "platform/websocket/client.hpp"

namespace papi::live {

/// What callers are told of a socket that was refused: `error`, or, where the refusal had words, `blocked`:
/// that is TikTok's "not you", and another try with the same address is useless. The words are the other
/// side's, whoever that is, and never in it.
Error refusal_error(const Error& error, const websocket::Client::Refusal& refusal);

/// The words, bounded.
void log_refusal(Logger& log, std::string_view room, const websocket::Client::Refusal& refusal);

}  // namespace papi::live
