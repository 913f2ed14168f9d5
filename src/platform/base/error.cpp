#include "platform/base/error.hpp"

#include <stdexcept>

namespace papi {

void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::logic_error("value of a failed Result was asked for: " + error.message);
}

const ErrorDetails& Error::details() const {
  static const ErrorDetails none;
  return details_ ? *details_ : none;
}

ErrorDetails& Error::edit() {
  auto own = std::make_shared<ErrorDetails>(details());
  details_ = own;
  return *own;
}

Error invalid(std::string_view field, std::string_view what) {
  Error error(ErrorCode::validation, std::string(field) + ": " + std::string(what));
  ErrorDetails& details = error.edit();
  details.field = field;
  details.faults.push_back({std::string(field), std::string(what)});
  return error;
}

Error retry_later(ErrorCode code, std::string text, std::chrono::seconds retry_after) {
  Error error(code, std::move(text));
  error.edit().retry_after = retry_after;
  return error;
}

Error limit_exceeded(LimitReached limit, std::chrono::seconds retry_after, std::string text) {
  Error error = retry_later(ErrorCode::rate_limited, std::move(text), retry_after);
  error.edit().limit = std::move(limit);
  return error;
}

}  // namespace papi
