#include "sim/pages.hpp"

#include <boost/json/serialize.hpp>

#include "platform/base/random.hpp"

namespace papi::sim {

http::Response html_page(std::string body, unsigned status) {
  http::Response response(std::move(body), status);
  response.content_type = "text/html; charset=utf-8";
  // These cookies differ from those of the sign answer, because the socket requires the signer's.
  response.headers.emplace_back("Set-Cookie", "ttwid=1%7Cpage" + random_hex(12) + "; Path=/; HttpOnly");
  response.headers.emplace_back("Set-Cookie", "msToken=" + random_hex(24) + "; Path=/");
  response.headers.emplace_back("Set-Cookie", "tt_csrf_token=" + random_hex(8) + "; Path=/; HttpOnly");
  return response;
}

http::Response script_page(std::string_view id, const boost::json::object& state) {
  std::string body =
      "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>TikTok "
      "(simulated)</title></head><body>";
  body += "<script id=\"";
  body += id;
  body += "\" type=\"application/json\">";
  body += boost::json::serialize(state);
  body += "</script></body></html>";
  return html_page(std::move(body));
}

http::Response redirect(std::string location, unsigned status) {
  http::Response response = html_page("", status);
  response.headers.emplace_back("Location", std::move(location));
  return response;
}

http::Response captcha_page() {
  return html_page(
      "<!DOCTYPE html><html><head><title>Please wait...</title></head><body><p id=\"wci\" "
      "class=\"_wafchallengeid\"></p>"
      "<p id=\"cs\" class=\"x\"></p><script>window.SlardarWAF={};</script><p>Please "
      "wait...</p></body></html>");
}

}  // namespace papi::sim
