#include "app/error_rows.hpp"

#include "live/error_codes.hpp"
#include "tester/caller_rules.hpp"

namespace papi::app {

std::vector<std::vector<http::ErrorRow>> error_rows() {
  const http::ErrorRow wrong_host{tester::wrong_host,
                                  421,
                                  "MISDIRECTED_REQUEST",
                                  "",
                                  "The tester is not served under the host name of the request.",
                                  "Use `localhost`, or name the host in `TESTER_HOSTS`."};
  return {live::codes::rows(), {wrong_host}};
}

}  // namespace papi::app
