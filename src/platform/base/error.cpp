#include "platform/base/error.hpp"

#include <boost/json/array.hpp>
#include <stdexcept>

namespace papi {

void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::logic_error("value of a failed Result was asked for: " + error.message);
}

Error invalid(std::string_view field, std::string_view what) {
  json::object fault;
  fault["field"] = field;
  fault["message"] = what;
  json::object details;
  details["field"] = field;
  details["errors"] = json::array{std::move(fault)};
  return Error(ErrorCode::validation, std::string(field) + ": " + std::string(what), std::move(details));
}

}  // namespace papi
