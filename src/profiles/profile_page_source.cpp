#include "profiles/profile_page_source.hpp"

#include "profiles/profile_page.hpp"

namespace papi::profiles {
namespace {

bool is_login(const HttpReply& reply) {
  return reply.status >= 300 && reply.status < 400 && reply.location().find("/login") != std::string::npos;
}

/// Returns the verdict of the page, or the Error why there is none.
Result<PageVerdict> judge(const HttpReply& reply, const Username& username) {
  if (reply.status == 404) return PageVerdict(PageNoSuchUser());
  if (reply.status == 403 || reply.status == 429 || is_login(reply))
    return PageVerdict(PageBlocked{is_login(reply) ? "login" : "status " + std::to_string(reply.status)});
  if (reply.status != 200)
    return Error(ErrorCode::upstream_error, "profile page: status " + std::to_string(reply.status));
  return read_profile_page(reply.body, username.text());
}

}  // namespace

Task<Result<FetchedProfile>> ProfilePageSource::fetch(Executor executor, Username username,
                                                      std::chrono::milliseconds budget) {
  if (!requests_.take())
    co_return Error(ErrorCode::unavailable, "profile pages: this minute's budget is spent");
  const auto deadline = clock_.steady() + budget;
  HttpCall call;
  call.url = options_.origin + "/@" + username.text();
  call.headers = options_.headers;
  call.timeout = budget;
  call.loopback_is_meant = options_.loopback;
  CO_TRY(const HttpReply reply, co_await http_.fetch(executor, std::move(call)));
  CO_TRY(const PageVerdict verdict, judge(reply, username));
  if (const auto* blocked = std::get_if<PageBlocked>(&verdict)) {
    log_.warning("Profile page blocked", {{"username", username.text()}, {"mark", blocked->mark}});
    co_return Error(ErrorCode::blocked, "profile page: blocked");
  }
  if (std::holds_alternative<PageUnreadable>(verdict))
    co_return Error(ErrorCode::upstream_error, "profile page: its format is not known");
  FetchedProfile fetched;
  const auto* found = std::get_if<PageFound>(&verdict);
  if (!found) co_return fetched;
  fetched.nickname = found->nickname;
  if (found->pictures.empty()) co_return fetched;
  ErrorCode failure = ErrorCode::not_found;
  for (const std::string& url : found->pictures) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock_.steady());
    auto image = co_await pictures_.fetch(executor, url, left);
    if (image) {
      fetched.image = std::move(*image);
      co_return fetched;
    }
    if (image.error().code == ErrorCode::upstream_timeout) failure = ErrorCode::upstream_timeout;
  }
  fetched.trouble = Error(failure, "profile page: none of its pictures could be had");
  co_return fetched;
}

}  // namespace papi::profiles
