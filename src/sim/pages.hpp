#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "platform/http/message.hpp"

namespace papi::sim {

/// The parts that the web pages share.
http::Response html_page(std::string body, unsigned status = 200);
/// Returns a page with `<script id="…" type="application/json">`. TikTok's pages carry their state in this
/// form.
http::Response script_page(std::string_view id, const boost::json::object& state);
http::Response captcha_page();
http::Response redirect(std::string location, unsigned status);

}  // namespace papi::sim
