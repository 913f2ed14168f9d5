#pragma once

#include <string_view>

#include "platform/http/allowed_origins.hpp"
#include "platform/http/pipeline.hpp"

namespace papi::http {

/// Cross-origin requests (Fetch standard): answers preflights, tells browsers which pages may read answers,
/// and refuses WebSockets of other pages, which browsers do not ask about beforehand. A caller that sends no
/// Origin is no browser. A page of our own origin (own_origin()) needs no permission.
class Cors final : public Middleware {
 public:
  explicit Cors(AllowedOrigins origins) : origins_(std::move(origins)) {}
  std::optional<Error> enter(Exchange& exchange) const override;
  void leave(Exchange& exchange, Response& response) const override;

 private:
  bool allowed(const Request& request, std::string_view origin) const;
  const AllowedOrigins origins_;
};

}  // namespace papi::http
