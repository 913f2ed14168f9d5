#include "live/sign_client.hpp"

#include <algorithm>

#include "live/wire.hpp"
#include "platform/base/text.hpp"

namespace papi::live {
namespace {

constexpr std::int64_t default_retry_seconds = 60;
constexpr std::int64_t max_retry_seconds = 24 * 3600;

/// Seconds to wait, from whichever of the four headers the server sends.
std::int64_t retry_after(const HttpReply& reply, UnixMs now) {
  if (const auto seconds = parse_int(reply.header("retry-after")))
    return std::clamp<std::int64_t>(*seconds, 1, max_retry_seconds);
  for (const char* name : {"x-ratelimit-reset", "ratelimit-reset"}) {
    if (const auto at = parse_int(reply.header(name))) {
      return std::clamp<std::int64_t>(*at > 1'000'000'000 ? *at - now / 1000 : *at, 1, max_retry_seconds);
    }
  }
  return default_retry_seconds;
}

/// `a=1; b=2`, whether the header holds one cookie with attributes or a whole cookie string.
std::string cookie_pairs(const HttpReply& reply) {
  std::string out;
  for (const auto& [name, value] : reply.headers) {
    if (name != "x-set-tt-cookie") continue;
    for (std::string_view part : split(value, ';')) {
      part = trim(part);
      const auto eq = part.find('=');
      if (eq == std::string_view::npos || part.find_first_of("\r\n") != std::string_view::npos) continue;
      const std::string key = to_lower_ascii(part.substr(0, eq));
      if (key == "path" || key == "domain" || key == "expires" || key == "max-age" || key == "samesite")
        continue;
      if (!out.empty()) out += "; ";
      out += part;
    }
  }
  return out;
}

}  // namespace

Result<SignedFetch> read_sign_reply(HttpReply reply, UnixMs now) {
  switch (reply.status) {
    case 200:
      break;
    case 429: {
      const std::int64_t seconds = retry_after(reply, now);
      json::object details;
      details["retry_after"] = seconds;
      return Error(ErrorCode::sign_rate_limited,
                   "The sign server's limit is reached; next try in " + std::to_string(seconds) + " s",
                   std::move(details));
    }
    case 402:
      return Error(ErrorCode::upstream_error,
                   "The sign server wants a paid plan for this request (HTTP 402)");
    case 401:
      return Error(ErrorCode::upstream_error,
                   "The sign server does not accept TIKTOK_SIGN_API_KEY (HTTP 401)");
    case 403:
      return Error(ErrorCode::blocked, "The sign server refused the request (HTTP 403)");
    case 504:
      return Error(ErrorCode::upstream_timeout,
                   "The sign server got no answer from TikTok in time (HTTP 504)");
    default:
      return Error(ErrorCode::upstream_error,
                   "The sign server failed (HTTP " + std::to_string(reply.status) + ")");
  }
  if (reply.body.empty())
    return Error(ErrorCode::upstream_error, "The sign server's answer is empty: TikTok refused the signer");
  auto result = read_fetch_result(reply.body);
  if (!result) return Error(ErrorCode::upstream_error, "The sign server's answer cannot be decoded");
  if (result->cursor.empty() || result->push_server.empty()) {
    return Error(ErrorCode::upstream_error, "The sign server's answer has no cursor or no socket address");
  }
  SignedFetch fetch;
  fetch.cookies = cookie_pairs(reply);
  if (fetch.cookies.empty())
    return Error(ErrorCode::upstream_error, "The sign server's answer has no cookies");
  fetch.body = std::move(reply.body);
  return fetch;
}

HttpCall SignClient::call(std::string url) const {
  HttpCall call;
  call.url = std::move(url);
  call.headers = {"User-Agent: profile-api", "Accept: application/protobuf,application/json"};
  if (!secrets_.api_key.empty()) call.headers.push_back("x-api-key: " + secrets_.api_key.reveal());
  if (!secrets_.account.empty()) call.headers.push_back("x-cookie-header: " + secrets_.account.reveal());
  call.timeout = hosts_.timeout;
  return call;
}

Task<Result<SignedFetch>> SignClient::fetch(Executor executor, std::uint64_t room_id, std::string cursor) {
  const std::string room = std::to_string(room_id);
  const std::string rest = "client=profile-api&cursor=" + percent_encode(cursor) +
                           "&user_agent=" + percent_encode(browser_.user_agent) +
                           "&client_enter=true&platform=web";
  if (!old_form_) {
    HttpCall first = call(hosts_.sign + "/webcast/rooms/" + room + "/connect?" + rest);
    CO_TRY(HttpReply reply, co_await http_.fetch(executor, std::move(first)));
    if (reply.status != 404 && reply.status != 405)
      co_return read_sign_reply(std::move(reply), clock_.now_ms());
  }
  HttpCall second = call(hosts_.sign + "/webcast/fetch?room_id=" + room + "&" + rest);
  CO_TRY(HttpReply reply, co_await http_.fetch(executor, std::move(second)));
  if (reply.status == 200) old_form_ = true;
  co_return read_sign_reply(std::move(reply), clock_.now_ms());
}

}  // namespace papi::live
