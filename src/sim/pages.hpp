#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "platform/http/message.hpp"

namespace papi::sim {

/// What the web pages have in common.
http::Response html_page(std::string body, unsigned status = 200);
/// `<script id="…" type="application/json">`, as TikTok's pages carry their state.
http::Response script_page(std::string_view id, const boost::json::object& state);
http::Response captcha_page();
http::Response redirect(std::string location, unsigned status);

}  // namespace papi::sim
