#pragma once

#include <string>
#include <vector>

#include "platform/base/secret.hpp"

namespace papi::live {

/// The browser that this service claims to be towards TikTok. The User-Agent and the parameters must agree,
/// and the socket must use the User-Agent of the signed request. TikTok may reject a mismatch
/// (docs/webcast-protocol.md §1.8, §3.1).
struct Browser {
  std::string user_agent =
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
  std::string language = "en-US";
  std::string device_id;  // 19 digits

  /// Returns `aid=1988&…`, the block of parameters that TikTok's web player adds to every request.
  std::string parameters() const;
  /// Returns the request headers of the browser, with the account's cookies if there are any. Each element is
  /// one header line.
  std::vector<std::string> headers(const std::string& referer) const;

  /// The cookies `sessionid=…; …` of a logged-in TikTok account. Empty if no account is used. They are sent
  /// to TikTok's own hosts only.
  Secret account;
};

}  // namespace papi::live
