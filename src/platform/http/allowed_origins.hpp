#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.hpp"
#include "platform/http/origin.hpp"

namespace papi::http {

/// The web pages that may call this service: the entries of CORS_ALLOW_ORIGINS.
class AllowedOrigins {
 public:
  /// Reads entries separated by commas: `*` (every page), `null` (pages without an origin), `file://`,
  /// `scheme://host[:port]` of a page or an app, and `https://*.example.org[:port]`. The last form stands for
  /// the sub-domains of example.org at any depth, but not for example.org itself. Fails with VALIDATION; the
  /// message names each malformed entry and says what to write instead.
  static Result<AllowedOrigins> parse(std::string_view list);

  bool any() const { return any_; }
  /// Returns true if the value of an `Origin` header is allowed. Ports are compared as in Origin.
  bool allows(std::string_view origin) const;

 private:
  void add(std::string_view entry);

  std::vector<Origin> origins_;
  std::vector<Origin> subdomains_;  // their hosts begin with a dot
  bool any_ = false;
  bool null_ = false;
  bool files_ = false;
};

}  // namespace papi::http
