#pragma once

#include <chrono>

#include "platform/http/close_reasons.hpp"
#include "platform/http/request_parser.hpp"
#include "platform/http/response_writer.hpp"
#include "platform/websocket/socket.hpp"

namespace papi::http {

/// The limits of one connection, and the headers that all its answers have.
struct ConnectionOptions {
  RequestLimits limits;
  websocket::SocketLimits websocket;
  CloseReasons closes;
  std::chrono::milliseconds header_time{10'000};  // for a whole request to arrive
  std::chrono::milliseconds idle_time{75'000};    // between requests
  std::chrono::milliseconds write_time{30'000};
  std::chrono::milliseconds stream_stall{10'000};  // a stream ends if its client takes nothing for this long
  std::chrono::milliseconds middleware_time{5'000};  // for the middlewares of one request that wait
  FixedHeaders fixed_headers;
};

}  // namespace papi::http
