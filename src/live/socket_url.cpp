#include "live/socket_url.hpp"

#include "platform/base/text.hpp"

namespace papi::live {

std::string socket_url(const FetchResult& result, events::RoomId room_id, const Browser& browser,
                       Random& random) {
  std::string url(result.push_server);
  url += url.find('?') == std::string::npos ? '?' : '&';
  url += "version_code=180800&" + browser.parameters();
  url +=
      "&device_platform=web&identity=audience&live_id=12&ws_direct=0&sup_ws_ds_opt=1&update_version_code=2.0."
      "0&did_rule=3";
  url += "&heartbeat_duration=0&resp_content_type=protobuf&history_comment_count=6&client_enter=1&last_rtt=";
  url +=
      std::to_string(random.between(100, 200)) + "&compress=gzip&room_id=" + std::to_string(room_id.value());
  url += "&internal_ext=" + percent_encode(result.internal_ext) + "&cursor=" + percent_encode(result.cursor);
  for (const auto& [key, value] : result.route_params) {
    if (!value.empty()) url += "&" + percent_encode(key) + "=" + percent_encode(value);
  }
  return url;
}

std::string socket_cookies(const FetchResult& result, const std::string& of_signer, const Browser& browser,
                           const TikTokHosts& hosts) {
  const Secret& account = browser.account;
  const bool signed_in = of_signer.find("sessionid=") != std::string::npos;
  if (account.empty() || signed_in || !hosts.own_socket(result.push_server)) return of_signer;
  return of_signer + "; " + account.reveal();
}

}  // namespace papi::live
