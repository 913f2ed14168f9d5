#pragma once

// What can go wrong, as a value. Everything that the network, the disk or a caller can cause is an Error in a
// Result; exceptions are for broken assumptions only. platform/http/errors.hpp maps each code to its HTTP
// answer.

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>
#include <string>

namespace papi {

namespace json = boost::json;

enum class ErrorCode {
  validation,
  authentication_required,
  authentication_failed,
  insufficient_permissions,
  not_found,
  method_not_allowed,
  request_timeout,
  conflict,
  request_too_large,
  uri_too_long,
  unsupported_media_type,
  upgrade_required,
  headers_too_large,
  rate_limited,
  // TikTok's side. Each one is a CONNECTION_ERROR with its own `reason`.
  user_not_found,
  user_offline,
  blocked,
  upstream_error,
  upstream_timeout,
  sign_rate_limited,
  database,
  internal,
  unavailable,
};

/// `message` is written for the caller and never holds SQL, file paths, secrets or an upstream's body.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
  json::object details;

  Error() = default;
  Error(ErrorCode error_code, std::string text, json::object more = {})
      : code(error_code), message(std::move(text)), details(std::move(more)) {}
};

template <class T>
using Result = boost::system::result<T, Error>;

[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

/// A 400 that names one field, also as the only one of `details.errors`.
Error invalid(std::string_view field, std::string_view what);

}  // namespace papi

/// Early return from a coroutine that gives a Result: `CO_TRY(auto value, co_await operation());`
#define PAPI_JOIN2(a, b) a##b
#define PAPI_JOIN(a, b) PAPI_JOIN2(a, b)
#define PAPI_TRY_AS(tmp, ret, declaration, ...) \
  auto tmp = __VA_ARGS__;                       \
  if (!tmp) ret std::move(tmp).error();         \
  declaration = std::move(*tmp)
#define CO_TRY(declaration, ...) \
  PAPI_TRY_AS(PAPI_JOIN(result_, __LINE__), co_return, declaration, __VA_ARGS__)
#define TRY(declaration, ...) PAPI_TRY_AS(PAPI_JOIN(result_, __LINE__), return, declaration, __VA_ARGS__)
