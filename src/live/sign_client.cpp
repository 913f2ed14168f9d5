#include "live/sign_client.hpp"

#include "platform/base/text.hpp"

namespace papi::live {
namespace {

/// Returns the secrets as a whole and the value of each cookie.
std::vector<Secret> never_shown(const SignClient::Secrets& secrets) {
  std::vector<Secret> all{secrets.api_key, secrets.account};
  for (std::string_view cookie : split(secrets.account.reveal(), ';')) {
    const auto equals = cookie.find('=');
    const std::string_view value = equals == std::string_view::npos ? "" : trim(cookie.substr(equals + 1));
    // Shorter values, such as the data centre, are not secrets and can be part of any word.
    if (value.size() >= 12) all.emplace_back(std::string(value));
  }
  return all;
}

}  // namespace

SignClient::SignClient(HttpClient& http, const TikTokHosts& hosts, const Browser& browser, Secrets secrets,
                       std::int64_t per_minute, Logger& log, const Clock& clock)
    : http_(http),
      hosts_(hosts),
      browser_(browser),
      secrets_(std::move(secrets)),
      never_shown_(never_shown(secrets_)),
      log_(log),
      clock_(clock),
      budget_(per_minute, clock) {}

HttpCall SignClient::call(std::string url) const {
  HttpCall call;
  call.url = std::move(url);
  call.headers = {"User-Agent: profile-api", "Accept: application/protobuf,application/json"};
  if (!secrets_.api_key.empty()) call.headers.push_back("x-api-key: " + secrets_.api_key.reveal());
  if (!secrets_.account.empty()) call.headers.push_back("x-cookie-header: " + secrets_.account.reveal());
  call.timeout = hosts_.timeout;
  return call;
}

Task<Result<HttpReply>> SignClient::ask(Executor executor, events::RoomId room_id, std::string cursor) {
  const std::string room = std::to_string(room_id.value());
  const std::string rest = "client=profile-api&cursor=" + percent_encode(cursor) +
                           "&user_agent=" + percent_encode(browser_.user_agent) +
                           "&client_enter=true&platform=web";
  if (!old_form_) {
    HttpCall first = call(hosts_.sign + "/webcast/rooms/" + room + "/connect?" + rest);
    CO_TRY(HttpReply reply, co_await http_.fetch(executor, std::move(first)));
    if (reply.status != 404 && reply.status != 405) co_return reply;
  }
  HttpCall second = call(hosts_.sign + "/webcast/fetch?room_id=" + room + "&" + rest);
  CO_TRY(HttpReply reply, co_await http_.fetch(executor, std::move(second)));
  if (reply.status == 200) old_form_ = true;
  co_return reply;
}

void SignClient::log_refusal(const Error& error) const {
  const auto detail = [&error](std::string_view name) -> std::string {
    for (const ErrorNote& note : error.details().notes) {
      if (note.name != name) continue;
      const auto* number = std::get_if<std::int64_t>(&note.value);
      return number ? std::to_string(*number) : std::get<std::string>(note.value);
    }
    return {};
  };
  log_.warning(
      "Sign server refused",
      {{"reason", error.message},
       {"sign_status", detail("sign_status")},
       {"code", detail("code")},
       {"sign_message", detail("message")},
       {"limit_label", detail("limit_label")},
       {"retry_after",
        error.details().retry_after ? std::to_string(error.details().retry_after->count()) : std::string()},
       {"request_id", detail("request_id")}});
}

Task<Result<SignedFetch>> SignClient::fetch(Executor executor, events::RoomId room_id, std::string cursor,
                                            SignWaiter& waiter) {
  auto allowed = co_await budget_.acquire(waiter);
  if (!allowed) co_return allowed.error();
  CO_TRY(HttpReply reply, co_await ask(executor, room_id, std::move(cursor)));
  const UnixMs now = clock_.now_ms();
  budget_.pause(requested_pause(reply, now));
  auto fetch = read_sign_reply(std::move(reply), now, never_shown_);
  if (!fetch) log_refusal(fetch.error());
  co_return fetch;
}

}  // namespace papi::live
