#pragma once

// What can go wrong, as a value. Everything that the network, the disk or a caller can cause is an Error in a
// Result; exceptions are for broken assumptions only. http::ErrorTable maps each code to its HTTP answer.

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace papi {

namespace json = boost::json;

/// The codes of a server of any kind. A domain that has codes of its own numbers them from `first_of_domain`
/// and gives their rows to the server's http::ErrorTable.
enum class ErrorCode : std::uint16_t {
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
  blocked,  // another server refuses us, or may not be asked
  upstream_error,
  upstream_timeout,
  database,
  internal,
  unavailable,
  first_of_domain = 1'000,
};

/// A wrong field of a request, and what is wrong with it.
struct FieldFault {
  std::string field;
  std::string message;
  bool operator==(const FieldFault&) const = default;
};

/// A limit that is used up.
struct LimitReached {
  std::string rule;     // its name: `api`
  std::string setting;  // what raises it: `RATE_LIMIT_API_REQUESTS`
  std::int64_t limit = 0;
  std::chrono::seconds window{0};
  std::int64_t remaining = 0;
  bool operator==(const LimitReached&) const = default;
};

/// A fact that is shown to the caller under its name. No code decides by it.
struct ErrorNote {
  std::string name;
  std::variant<std::int64_t, std::string> value;
  bool operator==(const ErrorNote&) const = default;
};

/// What else an Error tells. platform/http/errors.cpp renders it.
struct ErrorDetails {
  std::string field;               // the first field that is wrong; empty: no field is
  std::vector<FieldFault> faults;  // all that are listed
  std::size_t more_faults = 0;     // that are not listed
  std::string allow;               // the methods that a path has, of a 405
  std::string required_permission;
  std::optional<LimitReached> limit;
  std::optional<std::chrono::seconds> retry_after;
  std::vector<ErrorNote> notes;
  std::string reason;  // replaces the reason of the code

  bool operator==(const ErrorDetails&) const = default;
};

/// `message` is written for the caller and never holds SQL, file paths, secrets or an upstream's body.
/// Copies share the details; edit() gives a copy its own.
class Error {
 public:
  ErrorCode code = ErrorCode::internal;
  std::string message;

  Error() = default;
  Error(ErrorCode error_code, std::string text) : code(error_code), message(std::move(text)) {}
  Error(ErrorCode error_code, std::string text, ErrorDetails more)
      : code(error_code),
        message(std::move(text)),
        details_(std::make_shared<const ErrorDetails>(std::move(more))) {}

  const ErrorDetails& details() const;
  /// Adds to the details. The reference is valid until the next call or the end of this Error.
  ErrorDetails& edit();

 private:
  std::shared_ptr<const ErrorDetails> details_;  // nullptr: none
};

/// An Error that says when to try again.
Error retry_later(ErrorCode code, std::string text, std::chrono::seconds retry_after);

/// The one form of a 429: which limit is used up, and when to try again.
Error limit_exceeded(LimitReached limit, std::chrono::seconds retry_after, std::string text);

template <class T>
using Result = boost::system::result<T, Error>;

[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

/// A 400 that names one field, also as the only one of `faults`.
Error invalid(std::string_view field, std::string_view what);

}  // namespace papi

/// CO_TRY assigns the value of a Result, or returns the Error from the coroutine: `CO_TRY(auto value,
/// co_await operation());` TRY does the same in an ordinary function.
#define PAPI_JOIN2(a, b) a##b
#define PAPI_JOIN(a, b) PAPI_JOIN2(a, b)
#define PAPI_TRY_AS(tmp, ret, declaration, ...) \
  auto tmp = __VA_ARGS__;                       \
  if (!tmp) ret std::move(tmp).error();         \
  declaration = std::move(*tmp)
#define CO_TRY(declaration, ...) \
  PAPI_TRY_AS(PAPI_JOIN(result_, __LINE__), co_return, declaration, __VA_ARGS__)
#define TRY(declaration, ...) PAPI_TRY_AS(PAPI_JOIN(result_, __LINE__), return, declaration, __VA_ARGS__)
/// CO_CHECK is for a Result without a value: `CO_CHECK(co_await operation());`
#define CO_CHECK(...)                                             \
  do {                                                            \
    auto papi_checked = __VA_ARGS__;                              \
    if (!papi_checked) co_return std::move(papi_checked).error(); \
  } while (false)
