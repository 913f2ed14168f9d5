#pragma once

#include <string_view>

#include "platform/http/allowed_origins.hpp"
#include "platform/http/pipeline.hpp"

namespace papi::http {

/// Cross-origin requests (Fetch standard). It answers preflights, tells browsers which pages may read
/// answers, and refuses WebSockets of pages that are not allowed, because browsers send no preflight for
/// these. A request without Origin does not come from a page. A page of our own origin (own_origin()) is
/// always allowed.
class Cors final : public Middleware {
 public:
  /// `exposed_headers` are headers of the product that pages may read, separated by commas.
  Cors(AllowedOrigins origins, std::string_view exposed_headers);
  std::optional<Error> enter(Exchange& exchange) const override;
  void leave(Exchange& exchange, Response& response) const override;

 private:
  bool allowed(const Request& request, std::string_view origin) const;
  const AllowedOrigins origins_;
  const std::string exposed_headers_;
};

}  // namespace papi::http
