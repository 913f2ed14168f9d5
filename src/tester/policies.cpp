#include "tester/policies.hpp"

#include "platform/base/enum_count.hpp"

namespace papi::tester {
namespace {

// No script and no style stands in a document, so nothing inline is allowed. Trusted Types refuse text that
// would become markup or script. `connect-src 'self'` includes the WebSockets of the same origin.
constexpr std::string_view of_page =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; frame-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
// The overlay builder shows overlays in a frame. The policy `sw` returns only the service worker's path.
constexpr std::string_view of_overlay =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; frame-src 'none'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types sw";
// swagger-ui writes markup, so without Trusted Types.
constexpr std::string_view of_docs =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
// Redoc needs inline styles and a worker of its own making. Nobody types credentials there.
constexpr std::string_view of_redoc =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
constexpr std::string_view policies[] = {"", of_page, of_overlay, of_docs, of_redoc};
static_assert(std::size(policies) == enum_count<web::Page>());

constexpr std::string_view of_errors = "default-src 'none'; frame-ancestors 'none'";

// Names that Chromium does not know are warned of in its console.
constexpr std::string_view switched_off[] = {"accelerometer",
                                             "autoplay",
                                             "camera",
                                             "clipboard-read",
                                             "display-capture",
                                             "encrypted-media",
                                             "fullscreen",
                                             "gamepad",
                                             "geolocation",
                                             "gyroscope",
                                             "hid",
                                             "idle-detection",
                                             "local-fonts",
                                             "magnetometer",
                                             "microphone",
                                             "midi",
                                             "payment",
                                             "picture-in-picture",
                                             "publickey-credentials-create",
                                             "publickey-credentials-get",
                                             "screen-wake-lock",
                                             "serial",
                                             "usb",

                                             "xr-spatial-tracking"};

}  // namespace

std::string_view content_security_policy(web::Page page) { return policies[static_cast<std::size_t>(page)]; }

std::string_view frame_options(web::Page page) { return page == web::Page::overlay ? "SAMEORIGIN" : "DENY"; }

http::FixedHeaders fixed_headers() {
  http::FixedHeaders headers;
  headers.all =
      "X-Content-Type-Options: nosniff\r\n"
      "Referrer-Policy: no-referrer\r\n"
      "Cross-Origin-Opener-Policy: same-origin\r\n"
      "Cross-Origin-Resource-Policy: same-origin\r\n"
      "Permissions-Policy: clipboard-write=(self)";
  for (const std::string_view feature : switched_off) {
    headers.all += ", ";
    headers.all += feature;
    headers.all += "=()";
  }
  headers.all += "\r\n";
  return headers;
}

void AddPolicyToErrors::leave(http::Exchange&, http::Response& response) const {
  if (response.passed_head || response.status < 400) return;
  response.headers.emplace_back("Content-Security-Policy", of_errors);
  response.headers.emplace_back("X-Frame-Options", frame_options(web::Page::none));
  response.headers.emplace_back("Cache-Control", "no-store");
}

}  // namespace papi::tester
