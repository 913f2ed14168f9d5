#pragma once

#include <string>
#include <vector>

#include "platform/http/pipeline.hpp"

namespace papi::http {

/// Which web pages may call: `https://host[:port]` each, or `*` alone.
class AllowedOrigins {
 public:
  static Result<AllowedOrigins> parse(std::string_view list);
  bool any() const { return any_; }
  bool allows(std::string_view origin) const;

 private:
  std::vector<std::string> origins_;
  bool any_ = false;
};

/// Cross-origin requests (Fetch standard): answers preflights, tells browsers which pages may read answers,
/// and refuses WebSockets of other pages, which browsers do not ask about beforehand. Who sends no Origin is
/// no browser; a page of our own origin needs no permission.
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
