#include "live/room_lookup.hpp"

#include <algorithm>

#include "live/error_codes.hpp"
#include "live/short_link.hpp"
#include "platform/base/text.hpp"

namespace papi::live {
namespace {

using Kind = RoomVerdict::Kind;

constexpr std::size_t max_page = 4 * 1024 * 1024;
constexpr std::chrono::milliseconds short_wait{3'000};

}  // namespace

HttpCall RoomLookup::page_call(const RoomReference& reference) const {
  HttpCall call;
  call.url = hosts_.web + "/@" + reference.username() + "/live";
  call.headers = browser_.headers(hosts_.web + "/");
  call.timeout = hosts_.timeout;
  call.max_body = max_page;
  return call;
}

HttpCall RoomLookup::api_call(const RoomReference& reference) const {
  HttpCall call;
  call.url = hosts_.web + "/api-live/user/room/?uniqueId=" + percent_encode(reference.username()) +
             "&sourceType=54&" + browser_.parameters();
  call.headers = browser_.headers(hosts_.web + "/@" + reference.username() + "/live");
  call.timeout = hosts_.timeout;
  call.max_body = max_page;
  return call;
}

HttpCall RoomLookup::webcast_call(std::string path_and_query) const {
  HttpCall call;
  call.url = hosts_.webcast + std::move(path_and_query) + "&" + browser_.parameters();
  call.headers = browser_.headers(hosts_.web + "/");
  call.timeout = hosts_.timeout;
  return call;
}

Task<Result<RoomReference>> RoomLookup::resolve(Executor executor, RoomReference reference) {
  if (!reference.short_link()) co_return reference;
  const ShortLink link = *reference.short_link();
  // A link that somebody else wrote is opened without the account's cookies.
  Browser stranger = browser_;
  stranger.account = Secret();
  HttpCall call;
  call.url = short_link_url(link, hosts_);
  call.headers = stranger.headers(hosts_.web + "/");
  call.timeout = hosts_.timeout;
  call.max_body = max_page;
  CO_TRY(const HttpReply reply, co_await http_.fetch(executor, std::move(call)));
  co_return read_short_link(link, reply.status, reply.location(), hosts_);
}

Task<Result<FoundRoom>> RoomLookup::find(Executor executor, RoomReference reference) {
  if (reference.username().empty()) {
    const auto alive = co_await is_alive(executor, reference.room_id());
    if (alive && !*alive) co_return Error(codes::user_offline, reference.text() + " is not live");
    FoundRoom found;
    found.room_id = reference.room_id();
    co_return found;
  }
  HttpCall for_page = page_call(reference);
  auto page_reply = co_await http_.fetch(executor, std::move(for_page));
  RoomVerdict page;
  if (page_reply) page = read_live_page(page_reply->status, page_reply->body, page_reply->location());
  RoomVerdict api;
  if (page.kind == Kind::live) co_return combine(page, api, reference);

  HttpCall for_api = api_call(reference);
  auto api_reply = co_await http_.fetch(executor, std::move(for_api));
  if (api_reply) api = read_api_live(api_reply->status, api_reply->body);
  auto found = combine(page, api, reference);
  // If one source did not answer and the other was not clear, the missing answer is the reason.
  if (!found && found.error().code == ErrorCode::upstream_error) {
    if (!api_reply) co_return api_reply.error();
    if (!page_reply) co_return page_reply.error();
  }
  co_return found;
}

Task<std::optional<bool>> RoomLookup::is_alive(Executor executor, events::RoomId room_id) {
  HttpCall call = webcast_call("/webcast/room/check_alive/?room_ids=" + std::to_string(room_id.value()));
  auto reply = co_await http_.fetch(executor, std::move(call));
  if (!reply || reply->status != 200) co_return std::nullopt;
  co_return read_check_alive(reply->body, room_id);
}

Task<std::optional<Error>> RoomLookup::restriction(Executor executor, RoomReference reference) {
  const bool by_name = !reference.username().empty();
  HttpCall call =
      by_name ? api_call(reference)
              : webcast_call("/webcast/room/info/?room_id=" + std::to_string(reference.room_id().value()));
  call.timeout = std::min(call.timeout, short_wait);
  auto reply = co_await http_.fetch(executor, std::move(call));
  if (!reply) co_return std::nullopt;
  const RoomVerdict verdict =
      by_name ? read_api_live(reply->status, reply->body) : read_room_info(reply->status, reply->body);
  co_return restriction_error(verdict.kind, reference);
}

}  // namespace papi::live
