#include "live/room_lookup.hpp"

#include <boost/json/parse.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "platform/base/text.hpp"

namespace papi::live {
namespace {

using Kind = RoomVerdict::Kind;

constexpr std::size_t max_page = 4 * 1024 * 1024;

/// Follows members by name; nullptr where one is missing.
const json::value* find(const json::value& root, std::initializer_list<std::string_view> path) {
  const json::value* at = &root;
  for (std::string_view name : path) {
    const auto* object = at->if_object();
    at = object ? object->if_contains(name) : nullptr;
    if (!at) return nullptr;
  }
  return at;
}

std::int64_t integer(const json::value* value, std::int64_t fallback) {
  if (!value) return fallback;
  if (const auto* n = value->if_int64()) return *n;
  if (const auto* text = value->if_string())
    return parse_int(std::string_view(text->data(), text->size())).value_or(fallback);
  return fallback;
}

/// TikTok has room ids both as numbers and as strings.
std::uint64_t id(const json::value* value) {
  if (!value) return 0;
  if (const auto* n = value->if_int64()) return static_cast<std::uint64_t>(*n);
  if (const auto* n = value->if_uint64()) return *n;
  if (const auto* text = value->if_string())
    return parse_uint(std::string_view(text->data(), text->size())).value_or(0);
  return 0;
}

std::optional<json::value> parse(std::string_view text) {
  boost::system::error_code ec;
  json::parse_options options;
  options.max_depth = 64;
  options.allow_invalid_utf8 = true;
  json::value value = json::parse(json::string_view(text.data(), text.size()), ec, {}, options);
  if (ec) return std::nullopt;
  return value;
}

/// Status numbers everywhere: 2 live, 3 paused, 4 ended or offline (dossier §1.5). Not 4 counts as live.
RoomVerdict by_status(std::uint64_t room_id, std::int64_t status) {
  if (status == 4) return {Kind::offline, room_id};
  if (room_id == 0) return {Kind::unclear, 0};
  return {Kind::live, room_id};
}

std::string_view state_json(std::string_view html) {
  const auto tag = html.find("<script id=\"SIGI_STATE\"");
  if (tag == std::string_view::npos) return {};
  const auto begin = html.find('>', tag);
  const auto end = html.find("</script>", tag);
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
  return html.substr(begin + 1, end - begin - 1);
}

bool looks_blocked(std::string_view html) {
  for (std::string_view mark : {"SlardarWAF", "tiktok-verify-page", "id=\"wci\"", "Please wait..."}) {
    if (html.find(mark) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

RoomVerdict read_live_page(long status, std::string_view html, std::string_view redirect) {
  if (status == 403 || status == 429 || redirect.find("/login") != std::string_view::npos)
    return {Kind::blocked, 0};
  if (status == 404) return {Kind::not_found, 0};
  if (status != 200) return {};
  const std::string_view text = state_json(html);
  if (text.empty()) return looks_blocked(html) ? RoomVerdict{Kind::blocked, 0} : RoomVerdict{};
  const auto state = parse(text);
  if (!state) return {};
  const json::value* user = find(*state, {"LiveRoom", "liveRoomUserInfo", "user"});
  if (!user) return {Kind::not_found, 0};
  const json::value* room_status = find(*state, {"LiveRoom", "liveRoomUserInfo", "liveRoom", "status"});
  const json::value* user_status = find(*user, {"status"});
  return by_status(id(find(*user, {"roomId"})), integer(room_status ? room_status : user_status, 0));
}

RoomVerdict read_api_live(long status, std::string_view body) {
  if (status == 403 || status == 429 || (status == 200 && body.empty())) return {Kind::blocked, 0};
  if (status != 200) return {};
  const auto answer = parse(body);
  if (!answer) return {body.starts_with('<') ? Kind::blocked : Kind::unclear, 0};
  const std::uint64_t room_id = id(find(*answer, {"data", "user", "roomId"}));
  const json::value* room_status = find(*answer, {"data", "liveRoom", "status"});
  if (room_id != 0 || room_status) {
    return by_status(room_id,
                     integer(room_status ? room_status : find(*answer, {"data", "user", "status"}), 0));
  }
  const json::value* message = find(*answer, {"message"});
  const bool not_found = integer(find(*answer, {"statusCode"}), 0) == 19881007 ||
                         (message && message->is_string() && message->as_string() == "user_not_found");
  return {not_found ? Kind::not_found : Kind::unclear, 0};
}

std::optional<bool> read_check_alive(std::string_view body, std::uint64_t room_id) {
  const auto answer = parse(body);
  const json::value* data = answer ? find(*answer, {"data"}) : nullptr;
  if (!data || !data->is_array()) return std::nullopt;
  for (const json::value& room : data->as_array()) {
    if (id(find(room, {"room_id_str"})) != room_id && id(find(room, {"room_id"})) != room_id) continue;
    if (const json::value* alive = find(room, {"alive"}); alive && alive->is_bool()) return alive->as_bool();
  }
  return std::nullopt;
}

Result<std::uint64_t> combine(const RoomVerdict& page, const RoomVerdict& api,
                              const RoomReference& reference) {
  for (const RoomVerdict* verdict : {&page, &api}) {
    if (verdict->kind == Kind::live) return verdict->room_id;
  }
  const auto either = [&](Kind kind) { return page.kind == kind || api.kind == kind; };
  if (either(Kind::offline)) return Error(ErrorCode::user_offline, reference.text() + " is not live");
  if (either(Kind::blocked)) {
    return Error(ErrorCode::blocked,
                 "TikTok blocked the look-up of " + reference.text() +
                     " (captcha or restriction): try again later, from another address, or with the room_id");
  }
  if (either(Kind::not_found))
    return Error(ErrorCode::user_not_found, reference.text() + " does not exist or has never been live");
  return Error(ErrorCode::upstream_error, "TikTok's answer for " + reference.text() + " was not understood");
}

bool TikTokHosts::own_socket(std::string_view url) const {
  const auto socket = boost::urls::parse_uri(boost::core::string_view(url.data(), url.size()));
  const auto home = boost::urls::parse_uri(webcast);
  if (!socket || !home) return false;
  const std::string host = to_lower_ascii(std::string(socket->host_address()));
  const std::string own = to_lower_ascii(std::string(home->host_address()));
  if (host == own) return true;
  if (home->host_type() != boost::urls::host_type::name) return false;
  const std::string domain = own.substr(std::min(own.find('.'), own.size()));  // ".tiktok.com"
  return domain.find('.', 1) != std::string::npos && host.ends_with(domain);
}

Task<Result<std::uint64_t>> RoomLookup::find(Executor executor, RoomReference reference) {
  if (reference.username().empty()) {
    const auto alive = co_await is_alive(executor, reference.room_id());
    if (alive && !*alive) co_return Error(ErrorCode::user_offline, reference.text() + " is not live");
    co_return reference.room_id();
  }
  const std::string page_url = hosts_.web + "/@" + reference.username() + "/live";
  HttpCall page_call;
  page_call.url = page_url;
  page_call.headers = browser_.headers(hosts_.web + "/");
  page_call.timeout = hosts_.timeout;
  page_call.max_body = max_page;
  auto page_reply = co_await http_.fetch(executor, std::move(page_call));
  RoomVerdict page;
  if (page_reply) page = read_live_page(page_reply->status, page_reply->body, page_reply->location());
  if (page.kind == Kind::live || page.kind == Kind::offline)
    co_return combine(page, RoomVerdict{}, reference);

  HttpCall api_call;
  api_call.url = hosts_.web + "/api-live/user/room/?uniqueId=" + percent_encode(reference.username()) +
                 "&sourceType=54&" + browser_.parameters();
  api_call.headers = browser_.headers(page_url);
  api_call.timeout = hosts_.timeout;
  api_call.max_body = max_page;
  auto api_reply = co_await http_.fetch(executor, std::move(api_call));
  if (!page_reply && !api_reply) co_return api_reply.error();
  RoomVerdict api;
  if (api_reply) api = read_api_live(api_reply->status, api_reply->body);
  co_return combine(page, api, reference);
}

Task<std::optional<bool>> RoomLookup::is_alive(Executor executor, std::uint64_t room_id) {
  HttpCall call;
  call.url = hosts_.webcast + "/webcast/room/check_alive/?room_ids=" + std::to_string(room_id) + "&" +
             browser_.parameters();
  call.headers = browser_.headers(hosts_.web + "/");
  call.timeout = hosts_.timeout;
  auto reply = co_await http_.fetch(executor, std::move(call));
  if (!reply || reply->status != 200) co_return std::nullopt;
  co_return read_check_alive(reply->body, room_id);
}

}  // namespace papi::live
