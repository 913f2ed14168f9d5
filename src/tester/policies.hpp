#pragma once

#include <string_view>

#include "platform/http/pipeline.hpp"
#include "platform/http/response_writer.hpp"
#include "web/assets.hpp"

namespace papi::tester {

/// Returns the Content-Security-Policy of a kind of document; empty for web::Page::none.
std::string_view content_security_policy(web::Page page);
/// Returns the X-Frame-Options that go with it.
std::string_view frame_options(web::Page page);

/// The headers of all answers that this server makes itself. What is passed on does not get them.
http::FixedHeaders fixed_headers();

/// Gives errors the policy of a document that may load nothing and be framed by nobody.
class AddPolicyToErrors final : public http::Middleware {
 public:
  void leave(http::Exchange& exchange, http::Response& response) const override;
};

}  // namespace papi::tester
