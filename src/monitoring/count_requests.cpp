#include "monitoring/count_requests.hpp"

namespace papi::monitoring {

void CountRequests::leave(http::Exchange& exchange, http::Response& response) const {
  const auto place = exchange.route ? exchange.route->place : std::nullopt;
  if (exchange.caller.known()) authenticated_.add();
  requests_.record(exchange.request.method, place, response.status, clock_.steady() - exchange.started);
}

}  // namespace papi::monitoring
