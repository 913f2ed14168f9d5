#include "live/browser.hpp"

#include "platform/base/text.hpp"

namespace papi::live {

std::string Browser::parameters() const {
  const std::string version = user_agent.substr(user_agent.find('/') + 1);
  std::string out =
      "aid=1988&app_language=en&app_name=tiktok_web&browser_name=Mozilla&browser_online=true"
      "&browser_platform=Linux%20x86_64&channel=tiktok_web&cookie_enabled=true&data_collection_enabled=true"
      "&device_platform=web_pc&focus_state=true&from_page=user&history_len=10&is_fullscreen=false&is_page_"
      "visible=true"
      "&os=linux&priority_region=US&region=US&screen_height=1080&screen_width=1920&tz_name=America%2FNew_York"
      "&webcast_language=en&msToken=";
  out += account.empty() ? "&user_is_login=false" : "&user_is_login=true";
  out += "&browser_language=" + percent_encode(language) + "&browser_version=" + percent_encode(version);
  out += "&device_id=" + device_id;
  return out;
}

std::vector<std::string> Browser::headers(const std::string& referer) const {
  std::vector<std::string> all{
      "User-Agent: " + user_agent, "Accept: text/html,application/json,application/protobuf",
      "Referer: " + referer, "Accept-Language: " + language + ",en;q=0.9", "Cache-Control: max-age=0"};
  if (!account.empty()) all.push_back("Cookie: " + account.reveal());
  return all;
}

}  // namespace papi::live
