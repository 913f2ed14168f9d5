#pragma once

#include <string>
#include <vector>

#include "platform/base/secret.hpp"

namespace papi::live {

/// The browser that we are to TikTok. User-Agent and parameters must agree, and the socket must use the
/// signer's User-Agent: a mismatch is a cause of rejection (Webcast protocol §1.8, §3.1).
struct Browser {
  std::string user_agent =
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
  std::string language = "en-US";
  std::string device_id;  // 19 digits

  /// `aid=1988&…`, the block that TikTok's web player adds to every request.
  std::string parameters() const;
  std::vector<std::string> headers(const std::string& referer) const;

  /// `sessionid=…; …`, of a logged-in account; empty: nobody. For TikTok's own hosts only.
  Secret account;
};

}  // namespace papi::live
